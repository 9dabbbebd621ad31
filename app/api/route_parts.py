"""What the routes of all domains say alike: who may call, and how it may fail."""

from fastapi import Depends

from app.api.problems import Documented
from app.api.rendering import MalformedPreconditionError
from app.dependencies import require_admin, require_reader, require_user
from app.exceptions.base import RequestTimeoutError, RequestTooLargeError, UnsupportedMediaError
from app.exceptions.idempotency_exceptions import KeyReusedError, RequestInFlightError
from app.models.record import StaleVersionError

READER, USER, ADMIN = [Depends(require_reader)], [Depends(require_user)], [Depends(require_admin)]

SENDING = (RequestTimeoutError, RequestTooLargeError, UnsupportedMediaError)
CREATING = (RequestInFlightError, KeyReusedError, *SENDING)
REMOVING = (StaleVersionError, MalformedPreconditionError)
CHANGING = (*REMOVING, *SENDING)
KNOWN: Documented = {304: {"description": "You have this version"}}
