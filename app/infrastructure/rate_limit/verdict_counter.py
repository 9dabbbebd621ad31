from app.infrastructure.metrics.sampling import count_by_sampling
from app.infrastructure.rate_limit.rate_limiter import Decision
from app.ports.metrics import Metrics


class VerdictCounter:
    """Counts the decisions of the rate limiter.

    `unchecked` are requests that the process admitted alone, because Redis was unavailable.
    """

    def __init__(self, metrics: Metrics) -> None:
        allowed, self._refused, self._unchecked = (
            metrics.counter("rate_limit_verdicts_total", verdict=verdict)
            for verdict in ("allowed", "refused", "unchecked")
        )
        # Sampled, because a call for every request would cost more.
        self._allowed = 0
        count_by_sampling(metrics, allowed, lambda: self._allowed)
        self._refused_requests = metrics.counter("requests_refused_total", reason="rate_limit")

    def count(self, decision: Decision) -> None:
        if not decision.is_admitted:
            self._refused.add()
            self._refused_requests.add()
        elif decision.is_shared:
            self._allowed += 1
        else:
            self._unchecked.add()
