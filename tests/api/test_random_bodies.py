"""Every route responds to random JSON bodies with a documented status."""

import json
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.widgets.factories import WIDGETS, widget_body

JSON = {"Content-Type": "application/json"}


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.dictionaries(
        st.sampled_from([*widget_body(), "code", "x"]),
        SCALARS | st.lists(SCALARS, max_size=2),
        max_size=10,
    )
)
async def test_any_json_body_gets_a_documented_response(
    admin: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    content = json.dumps(widget_body() | body).encode()

    response = await admin.post(WIDGETS, content=content, headers=JSON)

    assert response.status_code in {201, 409, 422}
