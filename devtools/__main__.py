"""Run the `dev.py` commands that need the virtual environment."""

import os
import sys
from argparse import Namespace
from importlib import import_module
from pathlib import Path

from app.config.env_file import EnvFileError
from devtools.beside_run import print_env, run_app, run_psql
from devtools.commands import parse
from devtools.copying.git import is_installed, unmerged_files
from devtools.copying.renamed_names import adapt_code
from devtools.copying.renames import read_renames
from devtools.file_errors import describe_file_error
from devtools.lock import lock
from devtools.private_auth import request_token
from devtools.processes import ServerError
from devtools.run import run
from devtools.state import BusyError, DevState
from devtools.stop_signals import StopRequestedError, raise_on_arrival

STATE = Path(".dev")


def main(arguments: list[str]) -> int:
    raise_on_arrival()
    options = parse(arguments)
    try:
        DevState(directory=STATE).discard_if_copied()
        return _COMMANDS[options.command](options)
    except StopRequestedError as stop:
        return stop.exit_status
    except (BusyError, EnvFileError, ServerError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{describe_file_error(error)}\n")
        return 1


def _run(options: Namespace) -> int:
    return run(options, DevState(directory=STATE))


def _test(options: Namespace) -> int:
    # Run the whole suite on all cores; run selected tests in one process and in order.
    arguments = options.arguments or ["-n", "auto", "--dist", "loadfile"]
    command = [sys.executable, "-m", "pytest", *arguments]
    os.execv(command[0], command)  # noqa: S606 - no shell needed


def _token(options: Namespace) -> int:
    port = DevState(directory=STATE).auth_port()
    try:
        if port is None:
            raise ConnectionRefusedError
        token = request_token(port, {"role": options.role})
    except OSError:
        message = "the development auth service is not running; start it with: python3 dev.py run"
        raise ServerError(message) from None
    sys.stdout.write(f"{token}\n")
    return 0


def _bench(options: Namespace) -> int:
    # Copies of the template do not have the package.
    status: int = import_module("devtools.bench.measure").bench(options, STATE / "bench")
    return status


def _app(options: Namespace) -> int:
    return run_app(options.arguments, DevState(directory=STATE))


def _psql(options: Namespace) -> int:
    return run_psql(options.arguments, DevState(directory=STATE))


def _env(_: Namespace) -> int:
    return print_env(DevState(directory=STATE))


def _top(options: Namespace) -> int:
    # It imports a library for terminals, which the other commands do not need.
    from devtools.top.command import top  # noqa: PLC0415

    return top(options, DevState(directory=STATE))


def _check_migrations(options: Namespace) -> int:
    # It imports Alembic, see `_new_domain`.
    from devtools.migrations.command import check_migrations  # noqa: PLC0415

    return check_migrations(options)


def _new_domain(options: Namespace) -> int:
    # This imports Alembic and Mako, which takes longer than the other commands need to start.
    from devtools.domain.new_domain import new_domain  # noqa: PLC0415

    return new_domain(options, Path())


def _add_field(options: Namespace) -> int:
    from devtools.domain.changes.command import add_field  # noqa: PLC0415

    return add_field(options, Path().absolute())


def _remove_field(options: Namespace) -> int:
    from devtools.domain.changes.command import remove_field  # noqa: PLC0415

    return remove_field(options, Path().absolute())


def _remove_domain(options: Namespace) -> int:
    from devtools.domain.remove_domain import remove_domain  # noqa: PLC0415

    return remove_domain(options, Path().absolute())


def _rename_domain(options: Namespace) -> int:
    from devtools.domain.rename_domain import rename_domain  # noqa: PLC0415

    return rename_domain(options, Path().absolute())


def _remove_example(options: Namespace) -> int:
    from devtools.domain.remove_domain import remove_example  # noqa: PLC0415

    return remove_example(options, Path().absolute())


def _lock(options: Namespace) -> int:
    return lock(upgrade=options.upgrade)


def _docs(_: Namespace) -> int:
    # Before the import: a copy that has just been updated may use names that are gone.
    adapt_code(Path.cwd(), read_renames())
    unmerged = unmerged_files(Path.cwd()) if is_installed() else []
    if code := [name for name in unmerged if name.endswith(".py")]:
        sys.stderr.write(f"First resolve the conflicts in {', '.join(code)}, and `git add` them\n")
        return 1
    # This imports the whole application; the other commands start it in a child process.
    from devtools.documents.generated import docs  # noqa: PLC0415

    return docs()


_COMMANDS = {
    "run": _run,
    "app": _app,
    "psql": _psql,
    "env": _env,
    "top": _top,
    "test": _test,
    "token": _token,
    "bench": _bench,
    "docs": _docs,
    "lock": _lock,
    "check-migrations": _check_migrations,
    "new-domain": _new_domain,
    "add-field": _add_field,
    "remove-field": _remove_field,
    "remove-domain": _remove_domain,
    "rename-domain": _rename_domain,
    "remove-example": _remove_example,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
