from collections.abc import Sequence

from app.exceptions.base import (
    InvalidRequestError,
    NotAcceptableError,
    RuleViolationError,
    UnsupportedMediaError,
)


class ForeignCursorError(RuleViolationError):
    code = "foreign_cursor"

    def __init__(self) -> None:
        super().__init__("The cursor belongs to another list, filter or sort order", field="cursor")


class MalformedPreconditionError(InvalidRequestError):
    code = "malformed_precondition"

    def __init__(self) -> None:
        super().__init__('If-Match must be "*" or a list of entity tags such as "3"')


class UnsupportedContentCodingError(UnsupportedMediaError):
    """The request body is compressed; `accepted_coding` is named in the response."""

    code = "unsupported_content_coding"
    message = "The request body must be sent without Content-Encoding"
    accepted_coding = "identity"


class NoExportFormatError(NotAcceptableError):
    def __init__(self, media_types: Sequence[str]) -> None:
        super().__init__(f"The format must be one of: {', '.join(media_types)}")
