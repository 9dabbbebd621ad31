from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class IdempotentRequest:
    """A request with an Idempotency-Key; the fingerprint identifies its method, path and body."""

    caller: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, kw_only=True)
class StoredResponse:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class CompletedRequest:
    fingerprint: bytes
    response: StoredResponse
