"""Unknown fields are refused; the work and the response are bounded."""

import json

import httpx
import pytest
from pydantic import ValidationError

from app.commands.import_targets import ImportTarget
from app.models.shared.import_rows import RejectedRow, SourceRow
from app.schemas.shared.common import MAX_UNKNOWN_FIELDS
from app.schemas.shared.row_validator import RowValidator
from tests.support.problems import problem_of, refused_fields
from tests.widgets.factories import WIDGETS, widget_body
from tests.widgets.schemas.widget_schemas import WidgetCreate, WidgetUpdate

JSON = {"Content-Type": "application/json"}
MANY = {f"x{number}": 1 for number in range(90_000)}


@pytest.mark.parametrize("unknown", [1, MAX_UNKNOWN_FIELDS, MAX_UNKNOWN_FIELDS + 1, 1000])
def test_each_of_the_first_unknown_fields_is_an_error(unknown: int) -> None:
    body = {f"x{number}": 1 for number in range(unknown)}

    with pytest.raises(ValidationError) as refusal:
        WidgetUpdate.model_validate(body)

    errors = refusal.value.errors()
    assert [error["type"] for error in errors] == ["extra_forbidden"] * len(errors)
    assert min(unknown, MAX_UNKNOWN_FIELDS) <= len(errors) <= unknown
    assert len(errors) <= MAX_UNKNOWN_FIELDS + len(WidgetUpdate.model_fields)


def test_errors_of_known_fields_are_not_lost_among_unknown_ones() -> None:
    with pytest.raises(ValidationError) as refusal:
        WidgetCreate.model_validate(MANY | {"name": 1})

    fields = {error["loc"][0] for error in refusal.value.errors()}
    assert {"name", "category", "price", "kind"} <= fields


async def test_a_megabyte_of_unknown_fields_gets_a_short_response(admin: httpx.AsyncClient) -> None:
    content = json.dumps(widget_body() | MANY, separators=(",", ":")).encode()
    assert len(content) > 900_000

    for method, path in (("POST", ""), ("PATCH", "/1")):
        response = await admin.request(method, WIDGETS + path, content=content, headers=JSON)
        assert len(refused_fields(response)) == MAX_UNKNOWN_FIELDS
        assert len(problem_of(response, 422)["detail"]) < 1000
        assert len(response.content) < 5000


def test_a_row_of_a_file_with_many_unknown_fields_has_few_reasons() -> None:
    target = ImportTarget(resource="widgets", key="code", schema=WidgetCreate)
    validator = RowValidator(target.schema, key=target.key)

    rejected = validator.validate(SourceRow(1, (), MANY))

    assert isinstance(rejected, RejectedRow)
    assert len(rejected.reasons) < 50
