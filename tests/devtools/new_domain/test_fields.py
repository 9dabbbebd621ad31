"""The field definitions of a new domain are parsed."""

import re
from typing import Any

import pytest

from devtools.domain.field import Field
from devtools.domain.field_parser import read_fields
from devtools.domain.field_types import MAX_INTEGER
from devtools.domain.names import Names
from devtools.domain.refusal import RefusedError

ORDERS = Names(plural="orders", singular="order")

VALID: dict[str, dict[str, Any]] = {
    "customer:str(100)": {"kind": "str", "length": 100},
    "note:text?": {"kind": "str", "length": 1000, "optional": True},
    "greeting:text=Good day": {"kind": "str", "length": 1000, "default": "Good day"},
    "number:str(20) unique": {"kind": "str", "length": 20, "unique": True},
    "sku:str(64)? unique": {"kind": "str", "length": 64, "optional": True, "unique": True},
    "count:int": {"kind": "int"},
    "count:int>0": {"kind": "int", "low": 1},
    "count:int>=0<=100": {"kind": "int", "low": 0, "high": 100},
    "count:int<5>-5": {"kind": "int", "low": -4, "high": 4},
    "count:int>=1=7": {"kind": "int", "low": 1, "default": "7"},
    "serial:int>0 unique": {"kind": "int", "low": 1, "unique": True},
    "total:money": {"kind": "money"},
    "count:bigint": {"kind": "bigint", "low": -(2**63), "high": 2**63 - 1},
    "count:bigint>=0=7": {"kind": "bigint", "low": 0, "high": 2**63 - 1, "default": "7"},
    "serial:bigint>0 unique": {"kind": "bigint", "low": 1, "high": 2**63 - 1, "unique": True},
    "key:uuid unique": {"kind": "uuid", "unique": True},
    "contact:email": {"kind": "email", "length": 254},
    "contact:email? unique": {"kind": "email", "length": 254, "optional": True, "unique": True},
    "site:url?": {"kind": "url", "length": 2000, "optional": True},
    "opens_at:time": {"kind": "time"},
    "weight:decimal(8,3)": {"kind": "decimal", "precision": 8, "scale": 3, "sign": "any"},
    "rate:decimal(28,6)>0": {"kind": "decimal", "precision": 28, "scale": 6, "sign": ">0"},
    "share:decimal(4,4)>=0": {"kind": "decimal", "precision": 4, "scale": 4, "sign": ">=0"},
    "at:decimal(12,2)=-1.5": {"kind": "decimal", "sign": "any", "default": "-1.5"},
    "total:money>0": {"kind": "money"},
    "fee:money>=0=0": {"kind": "money", "sign": ">=0", "default": "0"},
    "balance:money(signed)=-1.5": {"kind": "money", "sign": "any", "default": "-1.5"},
    "total:money=9.50": {"kind": "money", "default": "9.50"},
    "is_paid:bool=false": {"kind": "bool", "default": "false"},
    "status:enum(new,paid)=new": {"kind": "enum", "values": ("new", "paid"), "default": "new"},
    "due_on:date?": {"kind": "date", "optional": True},
    "paid_at:datetime": {"kind": "datetime"},
    "paid_at:datetime=now": {"kind": "datetime", "default": "now"},
    "due_on:date=today": {"kind": "date", "default": "today"},
}


@pytest.mark.parametrize("text", VALID)
def test_a_field_is_parsed(text: str) -> None:
    (field,) = read_fields([text], ORDERS)

    assert field == Field(owner="order", name=text.partition(":")[0], **VALID[text])


@pytest.mark.parametrize("optional", [False, True])
def test_a_reference_is_a_column_with_an_id(*, optional: bool) -> None:
    (field,) = read_fields(["customer:ref(customers)" + "?" * optional], ORDERS)

    assert field == Field(
        owner="order", name="customer_id", kind="ref", target="customers", optional=optional
    )


INVALID = {
    "customer:ref": "^ expected the domain, as in ref(customers)",
    "customer:ref()": "^ expected the plural of a domain",
    "customer:ref(customers": "^ expected )",
    "customer:ref(customers)=7": "^ a reference has no default",
    "customer:ref(customers) unique": "^ only str(3)",
    "customer_id:ref(customers)": "^ write customer: _id is appended",
    "order:ref(customers)": "is used by every domain itself",
    "customer": "^ expected a colon and a type",
    "Customer:text": "^ expected a name",
    "customer name:text": "^ expected a colon",
    ":text": "^ expected a name",
    "1st:text": "^ expected a name",
    "customer:varchar": "^ expected a type: str(100), text",
    "customer:Str(10)": "^ expected a type",
    "customer:": "^ expected a type",
    "customer:str": "^ expected the maximum length",
    "customer:str()": "^ expected a length from 1 to 1000",
    "customer:str(0)": "^ expected a length",
    "customer:str(1001)": "^ expected a length",
    "customer:str(10": "^ expected )",
    "count:int>": "^ expected a number",
    "count:int>>0": "^ expected a number",
    "count:int>5<6": "^ these bounds allow fewer than two values",
    f"count:int>{MAX_INTEGER}": "^ these bounds allow fewer than two values",
    "count:int!": "^ expected the end",
    "count:int=x": f"^ expected a number from {-MAX_INTEGER - 1} to {MAX_INTEGER}",
    "count:int>0=0": "^ expected a number from 1",
    "total:money=0": "^ expected an amount above 0",
    "total:money=1.005": "^ expected an amount",
    "total:money>=0=-1": "^ expected an amount of at least 0",
    "total:money(signed)=x": "^ expected an amount of any sign",
    "total:money(any)": "^ expected signed), as in money(signed)",
    "total:money<0": "^ expected >0, >=0 or no bound",
    "total:money>=05": "^ expected >0, >=0 or no bound",
    "total:money>0.5": "^ expected >0, >=0 or no bound",
    "weight:decimal": "^ expected the digits, and how many are decimals, as in decimal(8,3)",
    "weight:decimal(0,0)": "^ expected 1 to 28 digits",
    "weight:decimal(29,2)": "^ expected 1 to 28 digits",
    "weight:decimal(8)": "^ expected a comma and the number of decimals",
    "weight:decimal(8,7)": "^ expected 0 to 6 decimals",
    "weight:decimal(2,3)": "^ expected 0 to 2 decimals",
    "weight:decimal(8,-1)": "^ expected 0 to 6 decimals",
    "weight:decimal(8,3": "^ expected )",
    "weight:decimal(8,3)>1": "^ expected >0, >=0 or no bound",
    "weight:decimal(4,3)=10": "^ expected a number from -9.999 to 9.999",
    "weight:decimal(4,3)=1.2345": "^ expected a number from -9.999 to 9.999",
    "weight:decimal(4,0)=1.5": "^ expected a number from -9999 to 9999",
    "weight:decimal(8,3) unique": "^ only str(3)",
    "count:bigint>9223372036854775807": "^ these bounds allow fewer than two values",
    "count:bigint=9223372036854775808": f"^ expected a number from {-(2**63)} to {2**63 - 1}",
    "key:uuid=1": "^ the type uuid has no default",
    "contact:email=a@b.co": "^ the type email has no default",
    "contact:email(20)": "^ expected the end",
    "site:url unique": "^ only str(3)",
    "opens_at:time=09:00:00": "^ the type time has no default",
    "key:uuid(4)": "^ expected the end",
    "is_paid:bool=yes": "^ expected true or false",
    "is_paid:bool=": "^ expected true or false",
    "status:enum()": "^ expected another value",
    "status:enum(new)": "^ an enum has 2 to 20 values",
    "status:enum(new,new)": "^ expected another value",
    "status:enum(new,a b)": "^ expected , or )",
    "status:enum(new,paid)=sent": "^ expected one of new, paid",
    "note:text?=x": "^ an optional field is null by default",
    "note:str(3)=long": "^ expected 1 to 3 characters",
    "note:text=it's": "^ a default holds neither quotes",
    "note:text ": "^ expected the end",
    "due_on:date=2026-01-01": "^ expected today: no other default",
    "due_on:date=now": "^ expected today: no other default",
    "paid_at:datetime=today": "^ expected now: no other default",
    "paid_at:datetime?=now": "^ an optional field is null by default",
    "note:text unique": "^ only str(3) to str(255), email, int, bigint or uuid can be unique",
    "is_paid:bool unique": "^ only str(3)",
    "level:int>0<9 unique": "^ only str(3)",
    "number:str(9)=x unique": "^ a unique field has no default",
    **dict.fromkeys(
        [f"{name}:text" for name in ("id", "version", "page", "q", "cursor", "order", "sort_by")],
        "is used by every domain itself",
    ),
    **dict.fromkeys(
        [f"{name}:text" for name in ("created_at", "order_id", "event", "min_price", "model_x")],
        "is used by every domain itself",
    ),
    **dict.fromkeys(
        [
            f"{name}:text"
            for name in ("json", "copy", "explicit_values", "require_version", "list", "get")
        ],
        "is used by every domain itself",
    ),
    **dict.fromkeys(
        [f"{name}:text" for name in ("class", "match", "select", "user", "date", "str")],
        "means something in Python or SQL",
    ),
    "money:text": "the type of money would hide another type",
    "update:enum(a,b)": "the type of update would hide another type",
    "a" * 26 + ":text": "^ a name has at most 25 characters",
}


@pytest.mark.parametrize("text", INVALID)
def test_an_invalid_field_is_refused_with_its_position(text: str) -> None:
    with pytest.raises(RefusedError, match=re.escape(INVALID[text])) as refusal:
        read_fields([text], ORDERS)

    shown, caret = str(refusal.value).splitlines()
    assert shown == f"  {text}"
    assert 2 <= caret.index("^") <= len(shown)


def test_the_caret_is_below_the_invalid_part() -> None:
    with pytest.raises(RefusedError) as refusal:
        read_fields(["count:int>>0"], ORDERS)

    shown, caret = str(refusal.value).splitlines()
    assert shown[: caret.index("^")] == "  count:int>"


def test_a_domain_needs_fields_with_distinct_names() -> None:
    with pytest.raises(RefusedError, match="At least one --field"):
        read_fields([], ORDERS)
    with pytest.raises(RefusedError, match="duplicate of 'note:text'"):
        read_fields(["note:text", "note:int"], ORDERS)


def test_a_name_that_another_field_uses_is_refused() -> None:
    with pytest.raises(RefusedError, match="field is used by another field"):
        read_fields(["field:bool", "paid_at:datetime=now"], ORDERS)
    with pytest.raises(RefusedError, match="time is used by another field"):
        read_fields(["opens_at:time", "time:datetime"], ORDERS)
    with pytest.raises(RefusedError, match="utc_now is used by another field"):
        read_fields(["utc_now:bool", "paid_at:datetime=now"], ORDERS)
    assert read_fields(["field:bool", "time:datetime", "utc_now:bool"], ORDERS)


@pytest.mark.parametrize("name", ["self", "super", "search", "search_pairs", "facets"])
def test_a_name_of_an_argument_or_an_index_is_refused(name: str) -> None:
    with pytest.raises(RefusedError, match=f"{name} is used by every domain itself"):
        read_fields([f"{name}:uuid"], ORDERS)


@pytest.mark.parametrize("text", ["tiny:decimal(6,6)>=0=-0", "owed:money(signed)=-0.00"])
def test_a_default_has_no_negative_zero(text: str) -> None:
    (field,) = read_fields([text], ORDERS)

    assert "-" not in field.literal
