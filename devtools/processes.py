"""Start, inspect and stop processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

SESSION_STOP_SECONDS = 3
_DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")


class ServerError(Exception):
    """A server or command failed. The message states the reason in a few lines."""


def die_with_parent(
    command: Sequence[str], *, user: str | None = None, at_exit: signal.Signals = signal.SIGTERM
) -> list[str]:
    """Wrap a command (absolute path first) so that it receives `at_exit` when this process dies."""
    return [
        *(sys.executable, "-I", "-S", str(_DIE_WITH_PARENT)),
        *(str(os.getpid()), str(int(at_exit)), user or "-"),
        *command,
    ]


def wait_until(
    is_ready: Callable[[], bool],
    *,
    process: subprocess.Popen[bytes],
    seconds: float,
    log: Path | None,
) -> None:
    """Poll until ready. Raise ServerError with the log's last lines on exit or timeout."""
    name = log.stem if log else "the service"
    deadline = time.monotonic() + seconds
    while not is_ready():
        if process.poll() is not None:
            raise ServerError(f"{name} exited with status {process.returncode}\n{tail(log)}")
        if time.monotonic() > deadline:
            raise ServerError(f"{name} was not ready after {seconds:.0f} s\n{tail(log)}")
        time.sleep(0.01)


def stop(process: subprocess.Popen[bytes], *, by: signal.Signals, seconds: float) -> None:
    """Send the signal and wait. Resume a stopped process; kill it after `seconds`."""
    if process.poll() is None:
        process.send_signal(by)
        process.send_signal(signal.SIGCONT)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def finish(process: subprocess.Popen[bytes], *, begin: Callable[[], None] = lambda: None) -> int:
    """Wait for a command that leads its own session. If interrupted, stop all that it started."""
    try:
        begin()
        return process.wait()
    except BaseException:
        stop_session(process)
        raise


def stop_session(process: subprocess.Popen[bytes]) -> None:
    """Stop the process and all processes of its session; kill those that do not exit."""
    for number, seconds in ((signal.SIGTERM, SESSION_STOP_SECONDS), (signal.SIGKILL, 1)):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        deadline = time.monotonic() + seconds
        while _session_exists(process) and time.monotonic() < deadline:
            time.sleep(0.02)


def _session_exists(process: subprocess.Popen[bytes]) -> bool:
    # Without this, an exited leader would remain a member as a zombie.
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # macOS, for zombies.
        return False
    return True


def pid_exists(pid: int) -> bool:
    """Return True if the pid exists, also as a zombie. Always False without /proc."""
    return Path(f"/proc/{pid}").exists()


def command_line_of(pid: int) -> list[bytes]:
    """Return the arguments of a running process, or an empty list."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
    except OSError:
        return []


def working_directory_of(pid: int) -> Path | None:
    """Return the working directory of a running process. None if unknown."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None


def open_log(path: Path) -> IO[bytes]:
    return path.open("ab")


def tail(log: Path | None, lines: int = 8) -> str:
    text = log.read_text(errors="replace") if log and log.exists() else ""
    return "\n".join(text.splitlines()[-lines:])
