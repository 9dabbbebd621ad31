"""Shapes that every domain shares: bodies, pages and problem documents."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from app.schemas.fields import PLAIN_INTEGER, TEXT, PlainBool, text_up_to

Item = TypeVar("Item")

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 100
MAX_OFFSET = 10_000


class StrictBody(BaseModel):
    """A request body: nothing is converted and nothing unknown is ignored."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class MessagePayload(BaseModel):
    """What another service sends: nothing is converted, and what we do not know is ignored."""

    model_config = ConfigDict(strict=True, frozen=True)


class Changes(StrictBody):
    """The fields to change: what is left out stays as it is, and null empties a field."""

    def given(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class ListParameters(BaseModel):
    """How to page and sort; a domain adds its filters and `sort_by`."""

    order: Literal["asc", "desc"] = "asc"
    page: Annotated[
        int, Field(ge=1, le=MAX_OFFSET + 1, description="Leave it out with `cursor`"), PLAIN_INTEGER
    ] = 1
    page_size: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE), PLAIN_INTEGER] = DEFAULT_PAGE_SIZE
    cursor: Annotated[
        str | None, Field(max_length=4096, description="`next_cursor` of the page before")
    ] = None
    exact_total: Annotated[
        PlainBool, Field(description="Count all matches, even more than 10 000")
    ] = False


class SearchParameters(ListParameters):
    q: Annotated[
        Annotated[str, text_up_to(255), TEXT] | None,
        Field(description="Substring to look for, in any case"),
    ] = None


class PageResponse(BaseModel, Generic[Item]):
    items: list[Item]
    total: Annotated[int, Field(ge=0, description="All matches, or 10 000 if there are more")]
    total_is_exact: bool
    page: Annotated[int, Field(ge=1)]
    page_size: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)]
    total_pages: Annotated[int, Field(ge=0)]
    next_cursor: str | None


STAMPS: JsonDict = {
    "created_at": "2026-01-15T09:30:00Z",
    "updated_at": "2026-01-15T09:30:00Z",
    "version": 1,
}


class StampedResponse(BaseModel):
    """What every stored thing shows besides its own fields."""

    id: int
    created_at: datetime
    updated_at: datetime
    version: Annotated[int, Field(ge=1, description="+1 with every change; also the ETag")]


class FieldProblem(BaseModel):
    field: str
    message: str
    type: str


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: Annotated[str, Field(description="Stable; for programs")]
    request_id: str
    errors: Annotated[list[FieldProblem] | None, Field(description="Only with status 422")] = None
