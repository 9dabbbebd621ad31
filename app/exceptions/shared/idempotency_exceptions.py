from app.exceptions.base import ConflictError, RuleViolationError


class RequestInFlightError(ConflictError):
    code = "request_in_flight"
    retry_after = 1

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is still in progress")


class KeyReusedError(RuleViolationError):
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was used for a different request", field="Idempotency-Key"
        )
