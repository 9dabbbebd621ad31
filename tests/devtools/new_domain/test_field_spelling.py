"""The refusal of a misspelled field shows how it is spelled."""

import pytest

from devtools.domain.field_parser import read_fields
from devtools.domain.names import Names
from devtools.domain.refusal import RefusedError

ORDERS = Names(plural="orders", singular="order")

SPELLINGS = {
    # Modifiers in another order.
    "count:int?>0": "count:int>0?",
    "count:int?>=0<=100": "count:int>=0<=100?",
    "count:int>=0?<=100": "count:int>=0<=100?",
    "count:int=1>0": "count:int>0=1",
    "count:bigint?>-5": "count:bigint>-5?",
    "fee:money?>=0": "fee:money>=0?",
    "balance:money?(signed)": "balance:money(signed)?",
    "weight:decimal?(8,3)>=0": "weight:decimal(8,3)>=0?",
    "weight:decimal>=0(8,3)": "weight:decimal(8,3)>=0",
    "name:str?(20)": "name:str(20)?",
    "number:str(20) unique?": "number:str(20)? unique",
    "number:str?(20) unique": "number:str(20)? unique",
    "number:str(20)unique": "number:str(20) unique",
    "serial:int unique>0": "serial:int>0 unique",
    "status:enum?(new,paid)": "status:enum(new,paid)?",
    "status:enum=new(new,paid)": None,
    "customer:ref?(customers)": "customer:ref(customers)?",
    "count:int=>0": "count:int>=0",
    "count:int=<9": "count:int<=9",
    # Spaces.
    " count : int > 0 ": "count:int>0",
    "count: int": "count:int",
    "count:int >= 0 <= 100": "count:int>=0<=100",
    "name:str (20)": "name:str(20)",
    "name:str( 20 ) ?": "name:str(20)?",
    "note:text ": "note:text",
    "note:text  unique": None,
    "number:str(20)  unique": "number:str(20) unique",
    "weight:decimal(8, 3)": "weight:decimal(8,3)",
    "status:enum(new, paid) = new": "status:enum(new,paid)=new",
    "greeting:text = Good day": "greeting:text=Good day",
    "number:str(20) =A unique": None,
    # Upper case, and names that are no lower-case words.
    "count:INT>0": "count:int>0",
    "name:Str(20)": "name:str(20)",
    "Name:str(20)": "name:str(20)",
    "dueOn:Date?": "due_on:date?",
    "due on:date": "due_on:date",
    "due-on:date": "due_on:date",
    "number:str(20) UNIQUE": "number:str(20) unique",
    "status:Enum(New,Paid)=New": "status:enum(New,Paid)=New",
    "customer:Ref(Customers)": "customer:ref(customers)",
    "balance:money(Signed)": "balance:money(signed)",
    "is_paid:bool=False": "is_paid:bool=false",
    "due_on:date=Today": "due_on:date=today",
    "greeting:Text=Good Day": "greeting:text=Good Day",
    # Nothing similar is a field.
    "count:int??": None,
    "count:int>0?=1": None,
    "count:int!": None,
    "count:float": None,
    "count:": None,
    "count": None,
    "Order:text": None,
    "note:text?=x": None,
    "total:money<0": None,
    "status:enum(new,a b)": None,
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_the_spelling_is_shown_beside_the_mark(text: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        read_fields(["first:text", text], ORDERS)

    shown, marked = str(refusal.value).splitlines()
    assert shown == f"  {text}"
    spelling = SPELLINGS[text]
    if spelling is None:
        assert "; write" not in marked
    else:
        assert marked.endswith(f"; write '{spelling}'")
        assert read_fields([spelling], ORDERS)
