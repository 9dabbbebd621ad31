"""Base exceptions, one per category of error.

    ServiceError
    ├── InvalidRequestError      the request cannot be understood
    ├── UnauthenticatedError     the caller is not authenticated
    ├── PermissionDeniedError    the caller is not authorised
    ├── NotFoundError            the resource does not exist
    ├── NotAcceptableError       no format of the response is acceptable to the client
    ├── ConflictError            the request conflicts with existing data
    ├── PreconditionFailedError  the resource was modified since the client read it
    ├── RuleViolationError       the value of a field breaks a rule
    ├── UnavailableError         a dependency is unavailable; the client can retry
    ├── DeadlineExceededError    the request took longer than allowed
    ├── RequestTimeoutError      the client took too long to send the request
    ├── RequestTooLargeError     the request body is too large
    ├── UnsupportedMediaError    the request body is not plain JSON
    └── TooManyRequestsError     the client exceeded its rate limit

A subclass declares its `code` (stable, for programs) and builds its message (for people) from
typed arguments. `middleware/error_handler.py` maps categories to HTTP statuses.
"""

from typing import ClassVar


class ServiceError(Exception):
    """Base of all errors that this service reports to a caller."""

    code: ClassVar[str] = "error"


class InvalidRequestError(ServiceError):
    """The request cannot be understood."""

    code = "bad_request"


class UnauthenticatedError(ServiceError):
    """The caller is not authenticated."""

    code = "unauthenticated"


class PermissionDeniedError(ServiceError):
    """The caller is authenticated but not authorised."""

    code = "permission_denied"


class NotFoundError(ServiceError):
    """The resource does not exist."""

    code = "not_found"


class NotAcceptableError(ServiceError):
    """No format of the response is acceptable to the client."""

    code = "not_acceptable"


class ConflictError(ServiceError):
    """The request conflicts with existing data."""

    code = "conflict"


class PreconditionFailedError(ServiceError):
    """The resource was modified since the client read it."""

    code = "precondition_failed"


class RuleViolationError(ServiceError):
    """The value of one field breaks a rule."""

    code = "validation_failed"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class UnavailableError(ServiceError):
    """A dependency is unavailable; `retry_after` is in seconds."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OverloadedError(UnavailableError):
    """More requests arrive than the process can serve; the HTTP protocol sends this response."""

    code = "overloaded"

    def __init__(self) -> None:
        super().__init__("The service is overloaded; try again later", retry_after=1)


class DeadlineExceededError(ServiceError):
    """The request took longer than allowed."""

    code = "deadline_exceeded"
    retry_after = 1

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The request took longer than {seconds:g} seconds")


class RequestTimeoutError(ServiceError):
    """The client took too long to send the request."""

    code = "request_timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The request body was not complete after {seconds:g} seconds")


class RequestTooLargeError(ServiceError):
    """The request body is too large."""

    code = "request_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The request body is larger than {limit} bytes")


class UnsupportedMediaError(ServiceError):
    """The request body is not plain JSON."""

    code = "unsupported_media_type"
    message: ClassVar[str] = "The Content-Type must be application/json"

    def __init__(self) -> None:
        super().__init__(self.message)


class TooManyRequestsError(ServiceError):
    """The client exceeded its rate limit; `retry_after` is in seconds."""

    code = "rate_limited"

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(f"Too many requests: try again in {retry_after} seconds")
        self.retry_after = retry_after
