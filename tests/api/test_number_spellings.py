"""A number in any spelling, in any field and parameter of any route, is never a 500."""

import itertools
import json
from decimal import Decimal

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.utils.json_text import from_json
from tests.support.number_spellings import HOSTILE, NUMBERS
from tests.support.problems import problem_of
from tests.widgets.factories import WIDGETS, widget_body
from tests.widgets.schemas.widget_schemas import WidgetCreate, WidgetFilters

JSON = {"Content-Type": "application/json"}
FIELDS = [*WidgetCreate.model_fields]
PARAMETERS = [*WidgetFilters.model_fields]
TEXTS = {"q", "code", "category"}
any_example = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _body(field: str, spelling: str) -> bytes:
    """Write a valid body, but for one field that has this number."""
    return json.dumps(widget_body(**{field: "@"})).replace('"@"', spelling).encode()


@pytest.mark.parametrize("field", FIELDS)
async def test_a_hostile_number_in_a_body_is_exact_or_refused(
    field: str, admin: httpx.AsyncClient
) -> None:
    for spelling in HOSTILE:
        created = await admin.post(WIDGETS, content=_body(field, spelling), headers=JSON)
        changed = await admin.patch(
            f"{WIDGETS}/1", content=f'{{"{field}": {spelling}}}', headers=JSON
        )
        if created.status_code == 201:
            assert field in {"price", "quantity"}
            assert from_json(created.content)[field] == Decimal(spelling)
            assert changed.status_code in {200, 404}
        else:
            problem_of(created, 422)
            problem_of(changed, 422)
            assert len(created.content) < 1000


async def test_a_hostile_number_in_a_query_or_path_is_refused(admin: httpx.AsyncClient) -> None:
    for name, spelling in itertools.product(PARAMETERS, HOSTILE):
        response = await admin.get(WIDGETS, params={name: spelling})
        # A plain spelling can be an amount, and any can be text.
        expected = {200, 422} if spelling.isdecimal() or name in TEXTS else {422}
        assert response.status_code in expected, (name, spelling)
    for spelling in HOSTILE:
        response = await admin.get(f"{WIDGETS}/{spelling}")
        is_an_id = spelling.isdecimal() and int(spelling[:4300]) < 2**63
        assert response.status_code == (404 if is_an_id else 422)


@any_example
@given(field=st.sampled_from(FIELDS), spelling=NUMBERS)
async def test_any_number_in_a_body_gets_a_response(
    field: str, spelling: str, admin: httpx.AsyncClient
) -> None:
    created = await admin.post(WIDGETS, content=_body(field, spelling), headers=JSON)
    changed = await admin.patch(f"{WIDGETS}/1", content=f'{{"{field}": {spelling}}}', headers=JSON)

    assert created.status_code in {201, 409, 422}
    assert changed.status_code in {200, 404, 409, 422}


@any_example
@given(name=st.sampled_from(PARAMETERS), spelling=NUMBERS)
async def test_any_number_in_a_query_gets_a_response(
    name: str, spelling: str, admin: httpx.AsyncClient
) -> None:
    response = await admin.get(WIDGETS, params={name: spelling})

    assert response.status_code in {200, 422}
