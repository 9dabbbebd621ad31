"""Whatever JSON a client makes up, it gets an answer."""

import json
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.products.making import PRODUCTS, product_body

JSON = {"Content-Type": "application/json"}


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.dictionaries(
        st.sampled_from([*product_body(), "sku", "x"]),
        SCALARS | st.lists(SCALARS, max_size=2),
        max_size=10,
    )
)
async def test_any_body_is_answered(admin: httpx.AsyncClient, body: dict[str, Any]) -> None:
    content = json.dumps(product_body() | body).encode()

    answer = await admin.post(PRODUCTS, content=content, headers=JSON)

    assert answer.status_code in {201, 409, 422}
