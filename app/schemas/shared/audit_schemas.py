from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from app.schemas.shared.common import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from app.schemas.shared.fields import PARSED_INTEGER, DateTime

# Compared with what is stored, and so not normalised; PostgreSQL stores no NUL.
StoredText = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00]+$")]

EXAMPLE: JsonDict = {
    "id": 4711,
    "occurred_at": "2026-01-15T09:30:00.123456Z",
    "request_id": "5f0c2f5bd1c04f7bb4a0a4a3c9a0d8e1",
    "user_id": "u-17",
    "role": "admin",
    "client_ip": "192.0.2.7",
    "action": "UPDATE_ORDER",
    "resource": "orders/7",
    "changes": {"quantity": {"old": 3, "new": 5}},
}


class AuditFilters(BaseModel):
    """Query parameters of the audit trail."""

    resource: Annotated[
        StoredText | None,
        Field(description="One resource, such as `orders/7`, or all of a domain: `orders`"),
    ] = None
    user_id: Annotated[
        StoredText | None,
        Field(description="Who made the change: `user_id` of the auth service, or `cli:{user}`"),
    ] = None
    request_id: Annotated[
        StoredText | None, Field(description="`X-Request-ID` of the request that made the change")
    ] = None
    action: Annotated[StoredText | None, Field(description="Such as `UPDATE_ORDER`")] = None
    since: Annotated[
        DateTime | None, Field(description="From this time on (RFC 3339, with its zone)")
    ] = None
    until: Annotated[DateTime | None, Field(description="Before this time")] = None
    page_size: Annotated[
        int,
        Field(ge=1, le=MAX_PAGE_SIZE, description="Maximum number of entries on a page"),
        PARSED_INTEGER,
    ] = DEFAULT_PAGE_SIZE
    cursor: Annotated[
        str | None, Field(max_length=4096, description="`next_cursor` of the previous page")
    ] = None


class AuditEntryResponse(BaseModel):
    """One change: who made it, when, with which request, from what to what."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: Annotated[int, Field(description="Number of the entry")]
    occurred_at: Annotated[datetime, Field(description="Start of the transaction of the change")]
    request_id: Annotated[
        str | None, Field(description="`X-Request-ID` of the request, or the ID of a message")
    ]
    user_id: Annotated[str, Field(description="Who made the change")]
    role: Annotated[str, Field(description="Role of the user; `service` or `cli` otherwise")]
    client_ip: Annotated[str | None, Field(description="IP address of the client")]
    action: Annotated[str, Field(description="What was done, such as `UPDATE_ORDER`")]
    resource: Annotated[str, Field(description="What was changed, such as `orders/7`")]
    changes: Annotated[
        dict[str, Any],
        Field(description='`{field: {"old", "new"}}`; the counts of an import as a whole'),
    ]


class AuditPageResponse(BaseModel):
    """A page of the audit trail."""

    items: Annotated[
        list[AuditEntryResponse],
        Field(description="Newest first; may be fewer than `page_size` although more follow"),
    ]
    page_size: Annotated[
        int, Field(ge=1, le=MAX_PAGE_SIZE, description="Maximum number of entries on a page")
    ]
    next_cursor: Annotated[
        str | None, Field(description="Send it as `cursor` for the next page; opaque")
    ]
