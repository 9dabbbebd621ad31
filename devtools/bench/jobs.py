"""What the load generator is asked for, and what it reports: one JSON line each."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Job:
    """Requests for one server, made from texts by putting the request's number into them.

    `{n}` in `path` and `body` is the number, `{id}` walks over `ids` (first, count),
    `{cents}` is a price that differs from the last one of the same id, `{choice}` one of `choices`.
    """

    pid: int
    port: int
    method: str
    path: str
    body: str
    headers: dict[str, str]
    status: int
    first: int
    connections: int
    seconds: float
    # None: as many as the server manages, each connection sending when it has its answer
    rate: float | None = None
    most: int | None = None
    ids: tuple[int, int] = (1, 1)
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`cpu_seconds` are the server's, `own_cpu_seconds` the generator's; `refused` by status."""

    requests: int
    seconds: float
    cpu_seconds: float
    own_cpu_seconds: float
    latencies: list[float] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
