"""Render files of a new domain for tests of the generator."""

from pathlib import Path

from devtools.domain.blueprint import Blueprint
from devtools.domain.choices import Choices
from devtools.domain.field_parser import read_fields
from devtools.domain.names import Names
from devtools.domain.rendering import FILES, formatted, render
from tests.support.repository_copy import ROOT

ORDERS = Names(plural="orders", singular="order")
FIELDS = [
    *("customer:ref(customers)", "number:str(20)", "serial:int unique", "total:money"),
    *("status:enum(new,paid)=new", "note:str(50)?", "is_gift:bool=false", "due_on:date"),
    *("first:str(255)", "second:str(255)", "third:str(255)", "level:int>0<9"),
]


def render_orders(
    fields: list[str], choices: Choices, tmp_path: Path, *names: str
) -> dict[str, str]:
    """Return the formatted texts of these templates, by their names."""
    blueprint = Blueprint(
        names=ORDERS,
        fields=read_fields(fields, ORDERS),
        revision="0009",
        down_revision="0008",
        choices=choices,
    )
    place = {"plural": "orders", "singular": "order", "revision": "0009"}
    paths = {name: FILES[name].format(**place) for name in names}
    texts = render(blueprint)
    chosen = {path: texts[path] for path in paths.values()}
    done = formatted(chosen, tmp_path, ROOT / "pyproject.toml")
    return {name: done[path] for name, path in paths.items()}
