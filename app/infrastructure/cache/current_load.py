"""The load of a response: what it depends on, and until when its values may be used."""

from contextvars import ContextVar
from dataclasses import dataclass

from app.infrastructure.cache.generation_table import Generation


@dataclass(slots=True)
class Load:
    """Generation of the tag when the load began, and when the response must be loaded again."""

    generation: Generation
    started_at: float
    ends_at: float


_current: ContextVar[Load | None] = ContextVar("load", default=None)


def set_current_load(load: Load) -> None:
    """Make this the load of the response of the running request."""
    _current.set(load)


def limit_current_load(ends_at: float) -> None:
    """Let the response end with a value that it was made of.

    Otherwise a value could be used for the TTL in Redis, and then for the TTL in a process.
    """
    load = _current.get()
    if load is not None and ends_at < load.ends_at:
        load.ends_at = ends_at
