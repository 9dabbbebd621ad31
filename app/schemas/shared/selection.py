"""The records that a list or an export selects, as a query of the repositories."""

from typing import Any

from pydantic import BaseModel, create_model

from app.models.shared.listing import ListQuery
from app.schemas.shared.common import ListParameters, SearchParameters

_OF_EVERY_LIST = frozenset(SearchParameters.model_fields) | {"sort_by"}
_OF_PAGES = ("page", "page_size", "cursor", "exact_total")


def list_query(parameters: ListParameters) -> ListQuery:
    values = parameters.model_dump(exclude_none=True)
    return ListQuery(
        filters={name: values[name] for name in values.keys() - _OF_EVERY_LIST},
        search=values.get("q"),
        sort_by=values["sort_by"],
        descending=parameters.order == "desc",
        limit=parameters.page_size,
        offset=(parameters.page - 1) * parameters.page_size,
        exact_total=parameters.exact_total,
    )


def without_paging(filters: type[ListParameters]) -> type[BaseModel]:
    """Return a model of the parameters of a list that an export has, too."""
    fields: dict[str, Any] = {
        name: (field.annotation, field)
        for name, field in filters.model_fields.items()
        if name not in _OF_PAGES
    }
    return create_model(f"{filters.__name__}WithoutPaging", **fields)


def export_query(filters: type[ListParameters], parameters: BaseModel) -> ListQuery:
    """Convert parameters of a model that `without_paging` has made of `filters`."""
    return list_query(filters.model_validate(parameters.model_dump(exclude_unset=True)))
