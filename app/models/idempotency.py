from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class KeyedRequest:
    """A request that its caller may send again; the fingerprint tells what it asks for."""

    caller: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, kw_only=True)
class StoredAnswer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class AnsweredRequest:
    fingerprint: bytes
    answer: StoredAnswer
