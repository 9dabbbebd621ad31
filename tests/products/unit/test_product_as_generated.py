"""The example domain equals the generated domain, except for its own rules."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.domain.blueprint import Blueprint
from devtools.domain.field_parser import read_fields
from devtools.domain.names import Names
from devtools.domain.record import read_record
from devtools.domain.rendering import formatted, render
from tests.support.documented_commands import only_in_the_template

ROOT = Path(__file__).resolve().parents[3]

PRODUCTS = Names(plural="products", singular="product")

# The parts of products that differ from the generated ones, with the reason.
OWN = {
    # Price and availability are changed by separate routes with separate events.
    *("EVENTS", "PRODUCT_IMPORT", "ProductUpdate"),
    # Lists are tuned by measurement: docs/LISTS.md.
    *("PRODUCT_LISTING", "ProductFilters.unit", "ProductFilters.sort_by"),
    *("CREATE INDEX", "InMemoryProductRepository.__init__"),
    # The text of its tag in the API documents.
    "text",
    # A realistic example, and meanings that the names of the fields do not tell.
    *("EXAMPLE", "Sku", "Unit", "BusinessUnit", "Location"),
    *("ProductCreate.product_type", "ProductFilters.product_type"),
}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    record = read_record(ROOT, "products")
    blueprint = Blueprint(
        names=PRODUCTS,
        fields=read_fields(record.fields, PRODUCTS),
        revision="0004",
        down_revision="0003",
        choices=record.choices,
    )
    texts = render(blueprint)
    return formatted(texts, tmp_path_factory.mktemp("stage"), ROOT / "pyproject.toml")


def blocks(source: str) -> Iterator[tuple[str, str]]:
    """Yield each definition by name: functions, constants, members of classes, statements."""
    for node in ast.parse(source).body:
        name = _name(node)
        if isinstance(node, ast.ClassDef):
            yield name, ", ".join(map(ast.unparse, node.bases))
            members = [(f"{name}.{_name(member)}", member) for member in node.body]
        elif name == "upgrade" and isinstance(node, ast.FunctionDef):
            members = [(_statement(step), step) for step in node.body]
        else:
            members = [(name, node)]
        for label, member in members:
            yield label, _source(source, member)


def _name(node: ast.stmt) -> str:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return "import"
    if isinstance(node, ast.Assign | ast.AnnAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        return ast.unparse(target)
    return getattr(node, "name", "text")


def _statement(step: ast.stmt) -> str:
    found = re.search(r"CREATE (INDEX|TABLE)", ast.unparse(step))
    return found[0] if found else "step"


def _source(source: str, node: ast.stmt) -> str:
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
    text = "\n".join(source.splitlines()[first - 1 : node.end_lineno])
    # Each domain chooses the fields that `q` searches.
    return re.sub(r"lower\(.*?\n +\) STORED", "", text, flags=re.DOTALL)


# The owner of a copy may edit the example.
@only_in_the_template
def test_products_equal_the_generated_domain_except_for_own_parts(
    generated: dict[str, str],
) -> None:
    replaced = set()
    for path, text in generated.items():
        if path.startswith("tests/") and not path.endswith("fakes.py"):
            continue
        real = list(blocks((ROOT / path).read_text()))
        at = 0
        for name, block in blocks(text):
            if name == "import":
                continue
            if (name, block) in real[at:]:
                at = real.index((name, block), at) + 1
            else:
                whole = name.partition(".")[0]
                replaced.add(whole if whole in OWN else name)
    assert replaced == OWN


def test_every_file_of_products_is_a_generated_file(generated: dict[str, str]) -> None:
    folders = [path.parent for path in map(Path, generated) if path.parts[0] == "app"]
    files = {
        str(path.relative_to(ROOT)) for folder in folders for path in (ROOT / folder).glob("*.py")
    }

    assert {path for path in files if not path.endswith("_handlers.py")} <= generated.keys()
