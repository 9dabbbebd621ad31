"""What can go wrong, by category.

    ServiceError
    ├── InvalidRequestError      the request cannot be understood
    ├── UnauthenticatedError     who is asking is not known
    ├── PermissionDeniedError    who is asking may not
    ├── NotFoundError            it does not exist
    ├── ConflictError            it clashes with what exists
    ├── PreconditionFailedError  it has changed since the client read it
    ├── RuleViolationError       it is understood, but not allowed by a rule
    ├── UnavailableError         something we depend on is away; worth another try
    ├── DeadlineExceededError    it took longer than a request may take
    ├── RequestTimeoutError      the client took too long to send the request
    ├── RequestTooLargeError     the client sends more than is accepted
    ├── UnsupportedMediaError    the client sends something other than JSON
    └── TooManyRequestsError     the client asks more often than it may

A leaf class states its `code` (stable, read by programs) and builds its own message
(read by people) from typed arguments. HTTP statuses live in `middleware/error_handler.py`.
"""

from typing import ClassVar


class ServiceError(Exception):
    """The base of everything that this service refuses on purpose."""

    code: ClassVar[str] = "error"


class InvalidRequestError(ServiceError):
    """The request cannot be understood."""

    code = "bad_request"


class UnauthenticatedError(ServiceError):
    """Who is asking is not known."""

    code = "unauthenticated"


class PermissionDeniedError(ServiceError):
    """Who is asking is known, and may not."""

    code = "permission_denied"


class NotFoundError(ServiceError):
    """What is asked for does not exist."""

    code = "not_found"


class ConflictError(ServiceError):
    """The request clashes with what exists."""

    code = "conflict"


class PreconditionFailedError(ServiceError):
    """The resource has changed since the client read it."""

    code = "precondition_failed"


class RuleViolationError(ServiceError):
    """The value of one named field is not allowed."""

    code = "validation_failed"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class UnavailableError(ServiceError):
    """Something this service depends on is away; `retry_after` is in seconds."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DeadlineExceededError(ServiceError):
    """It took longer than a request may take."""

    code = "deadline_exceeded"
    retry_after = 1

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The request was given up after {seconds:g} seconds")


class RequestTimeoutError(ServiceError):
    """The client took too long to send the request."""

    code = "request_timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The body was not complete after {seconds:g} seconds")


class RequestTooLargeError(ServiceError):
    """The client sends more than is accepted."""

    code = "request_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes")


class UnsupportedMediaError(ServiceError):
    """The client sends something other than JSON."""

    code = "unsupported_media_type"

    def __init__(self) -> None:
        super().__init__("The body must be application/json")


class TooManyRequestsError(ServiceError):
    """The client asks more often than it may; `retry_after` is in seconds."""

    code = "rate_limited"

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(f"Too many requests: try again in {retry_after} seconds")
        self.retry_after = retry_after
