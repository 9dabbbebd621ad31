"""The parts of the OpenAPI document that are specific to products."""

import pytest

from tests.support.openapi_document import DOCUMENT, operation_named, parameter_names, resolve

CHANGES = ("update_price", "update_availability")


def test_a_price_is_a_number() -> None:
    price = DOCUMENT["components"]["schemas"]["PriceUpdate"]["properties"]["price"]

    assert price["type"] == "number"
    assert price["maximum"] == 9999999999.99


@pytest.mark.parametrize("operation_id", CHANGES)
def test_a_change_documents_its_new_version(operation_id: str) -> None:
    reference = operation_named(operation_id)["responses"]["200"]["headers"]["ETag"]

    assert resolve(reference)["description"]


@pytest.mark.parametrize("operation_id", CHANGES)
def test_a_change_documents_the_expected_version(operation_id: str) -> None:
    assert "If-Match" in parameter_names(operation_named(operation_id))
