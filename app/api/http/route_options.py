"""Guards and documented errors that the routes of all domains share."""

from fastapi import Depends

from app.api.openapi.problem_responses import ResponseDocs
from app.dependencies import require_admin, require_reader, require_user
from app.exceptions.base import RequestTimeoutError, RequestTooLargeError, UnsupportedMediaError
from app.exceptions.shared.idempotency_exceptions import KeyReusedError, RequestInFlightError
from app.exceptions.shared.record_exceptions import StaleVersionError
from app.exceptions.shared.request_exceptions import (
    MalformedPreconditionError,
    UnsupportedContentCodingError,
)

READER, USER, ADMIN = [Depends(require_reader)], [Depends(require_user)], [Depends(require_admin)]

BODY_ERRORS = (
    RequestTimeoutError,
    RequestTooLargeError,
    UnsupportedMediaError,
    UnsupportedContentCodingError,
)
CREATE_ERRORS = (RequestInFlightError, KeyReusedError, *BODY_ERRORS)
DELETE_ERRORS = (StaleVersionError, MalformedPreconditionError)
UPDATE_ERRORS = (*DELETE_ERRORS, *BODY_ERRORS)
NOT_MODIFIED: ResponseDocs = {
    304: {"description": "Not modified: If-None-Match matches the current version"}
}
