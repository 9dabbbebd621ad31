"""Start of `dev.py`: parse, prepare the environment, replace this process by `devtools`.

Standard library only.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Never

from devtools import stop_signals
from devtools.arguments import with_absolute_paths
from devtools.commands import parse
from devtools.copying.new_service import new_service
from devtools.copying.rename_service import rename_service
from devtools.copying.update_template import update_template
from devtools.environment import (
    ROOT,
    InstallError,
    ensure_environment,
    remove_misleading_variables,
)
from devtools.file_errors import describe_file_error
from devtools.reset import reset


def _doctor(options: Namespace) -> int:
    # It imports what knows the servers, which the other commands do not need.
    from devtools.doctor import run_doctor  # noqa: PLC0415

    return run_doctor(options.port)


_COMMANDS_WITHOUT_ENVIRONMENT: dict[str, Callable[[Namespace], int]] = {
    "doctor": _doctor,
    "reset": lambda options: reset(options, ROOT / ".dev"),
    "new-service": lambda options: new_service(options, ROOT),
    "rename": lambda options: rename_service(options, ROOT),
    "update-template": lambda options: update_template(options, ROOT),
}


def main(arguments: list[str]) -> Never:
    # Parse first: paths in the arguments are relative to the user's current directory.
    arguments = with_absolute_paths(arguments)
    options = parse(arguments)
    os.chdir(ROOT)
    # The owner of a new file may always use it.
    os.umask(os.umask(0o022) & 0o077)
    remove_misleading_variables()
    stop_signals.raise_on_arrival()
    try:
        if options.command in _COMMANDS_WITHOUT_ENVIRONMENT:
            sys.exit(_COMMANDS_WITHOUT_ENVIRONMENT[options.command](options))
        python = ensure_environment()
    except stop_signals.StopRequestedError as stop:
        sys.exit(stop.exit_status)
    except InstallError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(describe_file_error(error))
    # `devtools` releases them when it can handle them.
    stop_signals.hold()
    os.execv(python, [str(python), "-m", "devtools", *arguments])  # noqa: S606 - no shell needed
