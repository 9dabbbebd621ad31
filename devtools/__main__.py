"""What `dev.py` does once it stands in the virtual environment."""

import os
import sys
from argparse import Namespace
from pathlib import Path

from devtools.bench.measure import bench
from devtools.commands import parse
from devtools.domain.new_domain import new_domain
from devtools.lock import lock
from devtools.private_auth import request_token
from devtools.processes import ServerError
from devtools.run import run
from devtools.state import BusyError, DevState

STATE = Path(".dev")


def main(options: Namespace) -> int:
    try:
        DevState(directory=STATE).settle()
        return _COMMANDS[options.command](options)
    except (BusyError, ServerError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _run(options: Namespace) -> int:
    return run(options, DevState(directory=STATE))


def _test(options: Namespace) -> int:
    # The whole suite on all cores; what somebody picks out, in one process and in order.
    arguments = options.arguments or ["-n", "auto", "--dist", "loadfile"]
    command = [sys.executable, "-m", "pytest", *arguments]
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


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
    return bench(options, STATE / "bench")


def _reset(_: Namespace) -> int:
    state = DevState(directory=STATE)
    with state.held():
        state.forget()
    return 0


def _new_domain(options: Namespace) -> int:
    return new_domain(options, Path())


def _lock(_: Namespace) -> int:
    return lock()


def _docs(_: Namespace) -> int:
    # Imports the whole application, which the other commands start in processes of its own.
    from devtools.documents.generated import docs  # noqa: PLC0415

    return docs()


_COMMANDS = {
    "run": _run,
    "test": _test,
    "token": _token,
    "bench": _bench,
    "reset": _reset,
    "docs": _docs,
    "lock": _lock,
    "new-domain": _new_domain,
}

if __name__ == "__main__":
    sys.exit(main(parse(sys.argv[1:])))
