"""Exports: all matches of a list as one streamed file."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ValidationError
from starlette.types import Receive, Scope, Send

from app.api.http.accept_header import preferred_type
from app.api.openapi.problem_responses import ResponseDocs, problems
from app.exceptions.shared.request_exceptions import NoExportFormatError
from app.infrastructure.admission.admission import Admission
from app.infrastructure.resources import resources_of
from app.models.shared.listing import ListQuery
from app.schemas.shared.common import ListParameters
from app.schemas.shared.export_formats import CSV, FORMATS, ExportFormat
from app.schemas.shared.selection import export_query, without_paging

_OFFERED = {name: each for each in FORMATS for name in each.media_types}


def docs_of_export() -> ResponseDocs:
    """Document the responses of an export."""
    file_name = {"description": "Name of the file", "required": True, "schema": {"type": "string"}}
    rows: dict[str, Any] = {
        "description": "All rows, as CSV unless `Accept` prefers JSON lines",
        "headers": {"Content-Disposition": file_name},
        "content": {name: {"schema": {"type": "string"}} for name in _OFFERED},
    }
    return problems(NoExportFormatError) | {200: rows}


def selected_by(filters: type[ListParameters]) -> Callable[..., ListQuery]:
    """Return a dependency: the query of an export with the filters, search and sort of a list."""
    parameters_model = without_paging(filters)

    def query(parameters: Annotated[BaseModel, Query()]) -> ListQuery:
        try:
            return export_query(filters, parameters)
        except ValidationError as error:
            # A rule about several parameters.
            found = [{**each, "loc": ("query", *each["loc"])} for each in error.errors()]
            raise RequestValidationError(found) from error

    # FastAPI reads the parameters from the annotation.
    query.__annotations__["parameters"] = Annotated[parameters_model, Query()]
    return query


async def stream_export(
    request: Request, name: str, schema: type[BaseModel], batches: AsyncIterator[Sequence[object]]
) -> Response:
    """Start the export; raises an error of its first batch, while a problem can still be sent.

    The columns are the fields of `schema`, as in an import.
    """
    media_type = preferred_type(",".join(request.headers.getlist("accept")), [*_OFFERED])
    if media_type is None:
        raise NoExportFormatError([*_OFFERED])
    file_format, columns = _OFFERED[media_type], tuple(schema.model_fields)
    admission = resources_of(request.scope).admission
    parts = _parts(file_format, columns, batches, admission)
    first = await anext(parts)
    parameters = "; charset=utf-8; header=present" if file_format is CSV else ""
    headers = {
        "Content-Type": media_type + parameters,
        "Content-Disposition": f'attachment; filename="{name}.{file_format.suffix}"',
        "Vary": "Accept",
    }
    return _ExportResponse(first, parts, headers)


async def _parts(
    file_format: ExportFormat,
    columns: Sequence[str],
    batches: AsyncIterator[Sequence[object]],
    admission: Admission,
) -> AsyncGenerator[bytes, None]:
    with admission.stream():
        part = file_format.header(columns)
        async for records in batches:
            yield part + file_format.rows(columns, records)
            part = b""


class _ExportResponse(StreamingResponse):
    """Reads a batch when the client has read the last one; stops when it has left.

    It holds no connection to the database while it waits for the client. After an error the body
    has no end, so that the server closes the connection: the client sees that rows are missing.
    """

    def __init__(
        self, first: bytes, parts: AsyncGenerator[bytes, None], headers: dict[str, Any]
    ) -> None:
        self._first, self._parts = first, parts
        super().__init__(self._content(), headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope.get("is_head"):
                # Without the length, which is not known.
                await send(
                    {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
                )
                await send({"type": "http.response.body", "body": b""})
            else:
                await super().__call__(scope, receive, send)
        finally:
            await self._parts.aclose()

    async def _content(self) -> AsyncIterator[bytes]:
        yield self._first
        async for part in self._parts:
            yield part
