from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, replace
from typing import Any

import pytest

from app.repositories.shared.record_reader import record_reader

COLUMNS = ("id", "name")


@dataclass(frozen=True, kw_only=True)
class Plain:
    id: int
    name: str = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Slotted:
    id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Checked:
    id: int
    name: str

    def __post_init__(self) -> None:
        if self.id < 0:
            raise ValueError(self.id)


@dataclass(frozen=True, kw_only=True)
class Base:
    id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PartlySlotted(Base):
    name: str


@dataclass(frozen=True, kw_only=True)
class Derived(Base):
    name: str


class Cleaned(Derived):
    def __init__(self, *, id: int, name: str) -> None:  # noqa: A002 - the name of the field
        super().__init__(id=id, name=name.strip())


@pytest.mark.parametrize(
    "kind", [Plain, Slotted, Checked, PartlySlotted, Derived], ids=lambda kind: kind.__name__
)
def test_an_item_equals_one_made_by_its_constructor(kind: Callable[..., Any]) -> None:
    item = record_reader(kind, COLUMNS)((1, "a", "of the statement"))
    assert item == kind(id=1, name="a")
    assert hash(item) == hash(kind(id=1, name="a"))
    assert replace(item, name="b") == kind(id=1, name="b")
    with pytest.raises(FrozenInstanceError):
        item.id = 2


def test_an_own_constructor_is_called() -> None:
    assert record_reader(Cleaned, COLUMNS)((1, " a ")) == Cleaned(id=1, name="a")


def test_a_check_of_the_class_is_made() -> None:
    with pytest.raises(ValueError, match="-1"):
        record_reader(Checked, COLUMNS)((-1, "a"))


def test_a_missing_and_an_unknown_column_are_errors() -> None:
    for columns in (("name",), ("id", "name", "colour")):
        with pytest.raises(TypeError):
            record_reader(Plain, columns)(("a", "b", "c"))


def test_any_callable_makes_items() -> None:
    assert record_reader(dict, COLUMNS)((1, "a")) == {"id": 1, "name": "a"}
