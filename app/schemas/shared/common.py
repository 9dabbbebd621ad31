"""Base schemas of all domains: bodies, messages, pages and problem documents."""

from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from app.models.shared.listing import search_words
from app.schemas.shared.fields import (
    INTEGRAL,
    NORMALIZED,
    PARSED_INTEGER,
    BoolParameter,
    StoredId,
    text_up_to,
)

Item = TypeVar("Item")
# ID of a record in a body; the database refuses one that does not exist.
RecordReference = Annotated[StoredId, INTEGRAL]

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 100
MAX_OFFSET = 10_000
MAX_UNKNOWN_FIELDS = 20
MAX_SEARCH_WORDS = 8
# Not published as a default: generated clients would send it together with `cursor`.
FIRST_PAGE: Any = Field(default_factory=lambda: 1)


class StrictBody(BaseModel):
    """Request body: types are not converted, and unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_further_unknown_fields(cls, values: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Keep the first unknown fields, which are errors; 100 000 errors would take a second."""
        if (
            not isinstance(values, dict)
            or len(values) <= len(cls.model_fields) + MAX_UNKNOWN_FIELDS
        ):
            return values
        unknown = (name for name in values if name not in cls.model_fields)
        kept = [*(name for name in cls.model_fields if name in values)]
        kept += islice(unknown, MAX_UNKNOWN_FIELDS)
        return {name: values[name] for name in kept}


class MessagePayload(BaseModel):
    """Message payload: types are not converted, and unknown fields are ignored."""

    model_config = ConfigDict(strict=True, frozen=True)


class PartialUpdate(StrictBody):
    """Body of a PATCH: omitted fields keep their values, and null clears a field."""

    def explicit_values(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class ListParameters(BaseModel):
    """Query parameters for paging and sorting; a domain adds its filters and `sort_by`."""

    order: Annotated[
        Literal["asc", "desc"], Field(description="Ascending or descending; equal ones by `id`")
    ] = "asc"
    page: Annotated[
        int,
        Field(
            ge=1,
            le=MAX_OFFSET + 1,
            description="Number of the page, 1 if omitted; cannot be combined with `cursor`. "
            f"Pages end at row {MAX_OFFSET:_}".replace("_", " "),
        ),
        PARSED_INTEGER,
    ] = FIRST_PAGE
    page_size: Annotated[
        int,
        Field(ge=1, le=MAX_PAGE_SIZE, description="Maximum number of records on a page"),
        PARSED_INTEGER,
    ] = DEFAULT_PAGE_SIZE
    cursor: Annotated[
        str | None,
        Field(
            max_length=4096,
            description="`next_cursor` of the previous page, with the same filters and sort; "
            "no record is missed or repeated while others write",
        ),
    ] = None
    exact_total: Annotated[
        BoolParameter, Field(description="Count all matches, which may be slow")
    ] = False


def _limit_words(text: str) -> str:
    if len(search_words(text)) > MAX_SEARCH_WORDS:
        raise PydanticCustomError("too_many_words", f"At most {MAX_SEARCH_WORDS} words")
    return text


class SearchParameters(ListParameters):
    q: Annotated[
        Annotated[str, text_up_to(255), NORMALIZED, AfterValidator(_limit_words)] | None,
        Field(
            description=f"Words to search for, at most {MAX_SEARCH_WORDS}; records with all of "
            "them match, each as a part of any text, ignoring case"
        ),
    ] = None


class PageResponse(BaseModel, Generic[Item]):
    items: Annotated[list[Item], Field(description="The records of this page")]
    total: Annotated[
        int,
        Field(
            ge=0,
            description="Number of matches, at most 10 000 unless `exact_total`; "
            "1 000 stands for the many matches of a frequent `q`",
        ),
    ]
    total_is_exact: Annotated[bool, Field(description="Whether `total` counts all matches")]
    page: Annotated[int, Field(ge=1, description="Number of this page")]
    page_size: Annotated[
        int, Field(ge=1, le=MAX_PAGE_SIZE, description="Maximum number of records on a page")
    ]
    total_pages: Annotated[int, Field(ge=0, description="Number of pages that `total` fills")]
    next_cursor: Annotated[
        str | None, Field(description="Send it as `cursor` for the next page; opaque")
    ]


SYSTEM_FIELD_EXAMPLES: JsonDict = {
    "created_at": "2026-01-15T09:30:00Z",
    "updated_at": "2026-01-15T09:30:00Z",
    "version": 1,
}


class RecordResponse(BaseModel):
    """System fields of a stored record."""

    id: Annotated[int, Field(description="Number of the record, assigned by the service")]
    created_at: Annotated[datetime, Field(description="When the record was created, in UTC")]
    updated_at: Annotated[datetime, Field(description="When it was last changed, in UTC")]
    version: Annotated[
        int, Field(ge=1, description="Increases by 1 with each change; also the ETag")
    ]


class FieldProblem(BaseModel):
    """One invalid field of a request."""

    field: Annotated[str, Field(description="Path of the field, parameter or header")]
    message: Annotated[str, Field(description="What is wrong, for people")]
    type: Annotated[str, Field(description="Stable name of the violated rule, for programs")]


class Problem(BaseModel):
    """Error response (RFC 9457)."""

    type: Annotated[str, Field(description="Identifier of the kind of problem, a URI")]
    title: Annotated[str, Field(description="The kind of problem, for people")]
    status: Annotated[int, Field(description="HTTP status of the response")]
    detail: Annotated[str, Field(description="What is wrong with this request, for people")]
    instance: Annotated[str, Field(description="Path of the request")]
    code: Annotated[str, Field(description="Stable error code for programs")]
    request_id: Annotated[
        str, Field(description="ID of the request, as in `X-Request-ID`; quote it in questions")
    ]
    errors: Annotated[list[FieldProblem] | None, Field(description="Only with status 422")] = None
