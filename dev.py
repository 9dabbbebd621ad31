#!/usr/bin/env python3
"""Run, test and look after the service; needs nothing but Python. See `python3 dev.py --help`."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - said in one line to whoever has an older one
    sys.exit("dev.py needs Python 3.11 or later; this is " + sys.version.split()[0])

import os
from argparse import Namespace
from collections.abc import Callable

from devtools.commands import parse
from devtools.copying.new_service import new_service
from devtools.copying.update_template import update_template
from devtools.doctor import examine
from devtools.environment import ROOT, InstallError, ensure_environment

_BEFORE_INSTALLING: dict[str, Callable[[Namespace], int]] = {
    "doctor": lambda options: examine(options.port),
    "new-service": lambda options: new_service(options, ROOT),
    "update-template": lambda options: update_template(options, ROOT),
}


def main(arguments: list[str]) -> None:
    # Paths on the command line are meant from where the user stands.
    options = parse(arguments)
    os.chdir(ROOT)
    if options.command in _BEFORE_INSTALLING:
        sys.exit(_BEFORE_INSTALLING[options.command](options))
    try:
        python = ensure_environment()
    except InstallError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    os.execv(python, [str(python), "-m", "devtools", *arguments])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
