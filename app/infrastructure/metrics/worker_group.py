"""Find the other workers of the supervisor of this process."""

import os
import sys
from binascii import crc32
from contextlib import suppress
from multiprocessing import parent_process
from pathlib import Path
from secrets import token_hex
from tempfile import gettempdir

from app.infrastructure.metrics.catalogue import METRICS
from app.infrastructure.metrics.memory import MetricMemory
from app.infrastructure.metrics.worker_slots import WorkerSlots
from app.utils.platform_support import effective_user_id


def join_worker_group(service_name: str) -> tuple[WorkerSlots, MetricMemory]:
    """Take a slot among the workers of this supervisor; raises OSError."""
    base, prefix = Path(gettempdir()), f"{service_name}-{effective_user_id()}-"
    # The layout of the memory follows from the catalogue, which another version may have changed.
    layout = crc32(repr(METRICS).encode())
    directory = base / f"{prefix}{_group()}-{layout:08x}.metrics"
    slots = WorkerSlots(directory)
    memory = slots.join()
    for other in base.glob(f"{prefix}*.metrics"):
        # In use, or not ours.
        with suppress(OSError):
            WorkerSlots(other).remove_if_unused()
    return slots, memory


def _group() -> str:
    """Return what the workers of a supervisor have in common, and a process without one alone.

    Workers inherit the socket on which they listen, whatever their supervisor is.
    """
    if inodes := _inherited_sockets():
        return "-".join(map(str, inodes))
    if (parent := parent_process()) is not None:
        return f"p{parent.pid}"
    return token_hex(8)


def _inherited_sockets() -> list[int]:
    if sys.platform != "linux":
        return []
    # Its modules can be imported only on Linux.
    from app.infrastructure.stopping.process_sockets import open_bound_sockets  # noqa: PLC0415

    sockets = open_bound_sockets()
    try:
        return sorted({os.fstat(each.fileno()).st_ino for each in sockets})
    finally:
        for each in sockets:
            each.close()
