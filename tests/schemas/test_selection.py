"""The parameters of an export are those of a list without paging."""

from typing import Self

import pytest
from pydantic import ValidationError, model_validator

from app.models.shared.listing import ListQuery
from app.schemas.shared.selection import export_query, without_paging
from tests.widgets.schemas.widget_schemas import WidgetFilters


class _RuledFilters(WidgetFilters):
    @model_validator(mode="after")
    def _require_an_order(self) -> Self:
        if self.max_price is not None and self.min_price is None:
            raise ValueError("min_price is required with max_price")
        return self


def test_filters_search_and_sort_are_kept_and_pages_are_not() -> None:
    model = without_paging(WidgetFilters)

    assert WidgetFilters.model_fields.keys() - model.model_fields.keys() == {
        *("page", "page_size", "cursor", "exact_total")
    }
    query = export_query(WidgetFilters, model.model_validate({"min_quantity": "7", "q": "a b"}))
    assert query == ListQuery(filters={"min_quantity": 7}, search="a b")


def test_rules_about_several_parameters_apply() -> None:
    parameters = without_paging(_RuledFilters).model_validate({"max_price": "7"})

    with pytest.raises(ValidationError, match="min_price is required"):
        export_query(_RuledFilters, parameters)
