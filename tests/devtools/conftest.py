import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable

import pytest

from devtools.processes import command_line_of

EXIT_SECONDS = 20


@pytest.fixture
def start_and_kill_parent() -> Callable[[str], list[int]]:
    """Return a function that runs code until it prints pids, kills it and returns the pids.

    The function waits until the processes have exited, but not longer than EXIT_SECONDS.
    """
    return _start_and_kill_parent


def _start_and_kill_parent(code: str) -> list[int]:
    with subprocess.Popen(  # noqa: S603 - code of the test
        [sys.executable, "-c", textwrap.dedent(code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout
        pids = [int(text) for text in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + EXIT_SECONDS
    while any(map(command_line_of, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return pids
