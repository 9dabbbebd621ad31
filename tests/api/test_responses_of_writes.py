"""The response of a write is that of the next GET, however the client spells its values."""

import unicodedata
from typing import Any

import httpx
import pytest

from tests.widgets.factories import WIDGETS, widget_body

SPELLINGS = [
    pytest.param({"price": 1}, id="without-a-scale"),
    pytest.param({"price": 1.1}, id="with-one-place"),
    pytest.param({"checked_at": "2026-01-15T09:00:00+05:30"}, id="with-an-offset"),
    pytest.param({"checked_at": "2026-01-15t09:00:00.5z"}, id="with-a-fraction"),
    pytest.param({"name": unicodedata.normalize("NFD", "Zürich")}, id="decomposed"),
    pytest.param({"code": None, "note": None}, id="null"),
]


def _sent(response: httpx.Response) -> tuple[bytes, str]:
    assert response.is_success, response.text
    return response.content, response.headers["ETag"]


@pytest.mark.parametrize("values", SPELLINGS)
async def test_the_response_of_a_write_is_that_of_the_next_read(
    admin: httpx.AsyncClient, values: dict[str, Any]
) -> None:
    created = await admin.post(WIDGETS, json=widget_body(**values))
    url = created.headers["Location"]
    assert _sent(await admin.get(url)) == _sent(created)

    other = (await admin.post(WIDGETS, json=widget_body(name="Other", price=7))).headers["Location"]
    changed = await admin.patch(other, json=values)
    assert _sent(await admin.get(other)) == _sent(changed)
