"""A directory of one user in the temporary directory, and a lock on what it contains."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from app.utils.platform_support import CLOSE_ON_EXEC, NO_SYMBOLIC_LINK, effective_user_id

_LOCK_FILE = "lock"
# The lock is held for microseconds, but its holder may have been suspended by a signal.
_LOCK_SECONDS = 1.0
_POLL_SECONDS = 0.002


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Create the directory if needed, and exclude other processes; raises OSError."""
    deadline = monotonic() + _LOCK_SECONDS
    while (descriptor := _try_lock(directory)) is None:
        if monotonic() > deadline:
            raise TimeoutError(f"{directory} is locked by another process")
        sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        os.close(descriptor)


def open_file(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_CREAT | NO_SYMBOLIC_LINK | CLOSE_ON_EXEC, 0o600)


def lock(descriptor: int) -> bool:
    """Return whether the file is locked now by this descriptor, until it is closed."""
    return _lock(descriptor, fcntl.LOCK_EX)


def is_locked_by_other(descriptor: int) -> bool:
    if not _lock(descriptor, fcntl.LOCK_SH):
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False


def release(descriptor: int) -> None:
    """Close, and unlock first: a memory map of the file has a duplicate of the descriptor."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_lock(directory: Path) -> int | None:
    try:
        _make_private(directory)
        descriptor = open_file(directory / _LOCK_FILE)
    except FileNotFoundError:
        # Another process has just removed it.
        return None
    if lock(descriptor) and _is_file(directory / _LOCK_FILE, descriptor):
        return descriptor
    os.close(descriptor)
    return None


def _make_private(directory: Path) -> None:
    directory.mkdir(mode=0o700, exist_ok=True)
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != effective_user_id():
        raise PermissionError(f"{directory} is not a directory owned by this user")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise PermissionError(f"{directory} is accessible to other users")


def _is_file(path: Path, descriptor: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
