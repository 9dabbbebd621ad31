"""Guards and documented errors that the routes of all domains share."""

from fastapi import Depends

from app.api.openapi.problem_responses import BODY_ERRORS, ResponseDocs
from app.dependencies import require_admin, require_reader, require_user
from app.exceptions.base import ServiceError
from app.exceptions.shared.idempotency_exceptions import KeyReusedError, RequestInFlightError
from app.exceptions.shared.record_exceptions import StaleVersionError, StillReferencedError
from app.exceptions.shared.request_exceptions import MalformedPreconditionError

READER, USER, ADMIN = [Depends(require_reader)], [Depends(require_user)], [Depends(require_admin)]

CREATE_ERRORS: tuple[type[ServiceError], ...] = (RequestInFlightError, KeyReusedError, *BODY_ERRORS)
_VERSION_ERRORS = (StaleVersionError, MalformedPreconditionError)
UPDATE_ERRORS: tuple[type[ServiceError], ...] = (*_VERSION_ERRORS, *BODY_ERRORS)
# Any domain may refer to another one.
DELETE_ERRORS: tuple[type[ServiceError], ...] = (*_VERSION_ERRORS, StillReferencedError)
NOT_MODIFIED: ResponseDocs = {
    304: {"description": "Not modified: If-None-Match matches the current version"}
}
