"""Jobs and outcomes of the load generator. Each is sent as one JSON line."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Job:
    """Requests to one server. Placeholders in `path` and `body` depend on the request number.

    `{n}` is the number. `{id}` cycles through `ids` (first, count). `{cents}` is a price that
    differs from the previous one of the same ID. `{choice}` cycles through `choices`.
    """

    pid: int
    port: int
    method: str
    path: str
    body: str
    headers: dict[str, str]
    status: int
    first_number: int
    connections: int
    seconds: float
    # Requests per second; None: closed loop, each connection sends after its last response.
    rate: float | None = None
    max_requests: int | None = None
    ids: tuple[int, int] = (1, 1)
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Measurements of one job.

    `cpu_seconds` is the CPU time of the server, `own_cpu_seconds` that of the generator.
    `unexpected_statuses` counts the responses per status other than the expected one.
    """

    requests: int
    seconds: float
    cpu_seconds: float
    own_cpu_seconds: float
    latencies: list[float] = field(default_factory=list)
    unexpected_statuses: dict[str, int] = field(default_factory=dict)
