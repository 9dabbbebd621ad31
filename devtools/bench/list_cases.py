"""List requests to measure: common ones and known worst cases of the query planner."""

from decimal import Decimal

from app.models.shared.listing import ListQuery


def _price_range(low: str, high: str) -> dict[str, object]:
    return {"min_price": Decimal(low), "max_price": Decimal(high)}


def _query(
    sort_by: str = "id",
    *,
    desc: bool = False,
    q: str | None = None,
    offset: int = 0,
    filters: dict[str, object] | None = None,
    **equal_to: object,
) -> ListQuery:
    all_filters = {**(filters or {}), **equal_to}
    return ListQuery(sort_by=sort_by, descending=desc, search=q, offset=offset, filters=all_filters)


CASES = {
    "no filter, by id": _query(),
    "no filter, by name": _query("name"),
    "no filter, by updated_at desc": _query("updated_at", desc=True),
    "no filter, by name, offset 9950": _query("name", offset=9950),
    "location, by price desc": _query("price", desc=True, location="EU"),
    "HW, by name desc (correlated)": _query("name", desc=True, product_type="HW"),
    "business unit, by name (correlated)": _query("name", business_unit="Software"),
    "available (97 %), by id": _query(is_available=True),
    "unavailable (3 %), by updated_at": _query("updated_at", is_available=False),
    "three filters, 0.2 % match, by name": _query(
        "name", is_available=False, location="EU", product_type="HW"
    ),
    "category of SW and HW: no match": _query("name", category="libs", product_type="HW"),
    "largest category, by price": _query("price", category="libs"),
    "largest category, by name (correlated)": _query("name", category="libs"),
    "large category and location, by name": _query("name", category="python", location="EU"),
    "rare category, by name": _query("name", category="ThingM"),
    "narrow price, by name": _query("name", filters=_price_range("100", "100.5")),
    "0.5 % price, by name": _query("name", filters=_price_range("100", "104")),
    "wide price, by name": _query("name", filters=_price_range("100", "5000")),
    "wide price, by price": _query("price", filters=_price_range("100", "5000")),
    "wide price, by price desc": _query("price", desc=True, filters=_price_range("100", "5000")),
    "highest prices, by created_at": _query("created_at", min_price=Decimal(19000)),
    "q everywhere (1 character)": _query("name", q="e"),
    "q rare (2 characters)": _query("name", q="zq"),
    "q rare (1 character, not ASCII)": _query(q="é"),
    "q nowhere (2 characters, not ASCII)": _query(q="日本"),
    "q nowhere": _query(q="zzzqqq"),
    "q nowhere, of common trigrams": _query(q="linator"),
    "q only in descriptions": _query(q="fractal"),
    "q not ASCII": _query(q="TouchChip®"),
    "q 5 %, by id": _query(q="python"),
    "q 5 %, by name (correlated)": _query("name", q="Python"),
    "q 4 %, by id": _query(q="controller"),
    "q 4 %, by price (correlated)": _query("price", q="controller"),
    "q 30 %, by name desc": _query("name", desc=True, q="lib"),
    "q 4 % and location, by price": _query("price", q="controller", location="EU"),
    "q 4 % and product type: no match": _query("price", q="intel corporation", product_type="SW"),
    "q and rare category": _query("name", q="e", category="ThingM"),
    "q and narrow price": _query("name", q="intel", filters=_price_range("100", "100.5")),
}
