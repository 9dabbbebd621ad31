"""Statements that neighbours in a file have added, changed or removed do not conflict."""

import pytest

from devtools.copying.statement_merge import merge_statements

BASE = '''"""Targets."""

FIRST = 1
TARGETS: list[str] = [
    target("products", 1),
]


def build_product() -> None:
    pass


product = Depends(build_product)
record = Depends(build_record)
include(product, 1)
'''


def merged(mine: dict[str, str], after: dict[str, str]) -> str | None:
    """Merge two edits of BASE, each of which replaces texts by others."""
    texts = []
    for edits in (mine, {}, after):
        text = BASE
        for old, new in edits.items():
            assert old in text
            text = text.replace(old, new)
        texts.append(text)
    mine_text, base, after_text = texts
    return merge_statements(mine_text, base, after_text)


PRODUCT = "product = Depends(build_product)\n"
ELEMENT = '    target("products", 1),\n'


@pytest.mark.parametrize(
    ("mine", "after", "expected"),
    [
        ({PRODUCT: f"{PRODUCT}order = 1\n"}, {PRODUCT: ""}, {PRODUCT: "order = 1\n"}),
        (
            {ELEMENT: f"{ELEMENT}    target('orders', 1),\n"},
            {ELEMENT: "    target('products', 2),\n"},
            {ELEMENT: "    target('products', 2),\n    target('orders', 1),\n"},
        ),
        (
            {"FIRST = 1\n": "FIRST = 1\nSECOND = 2\n"},
            {"FIRST = 1\n": "# Of the template.\nFIRST = 10\n"},
            {"FIRST = 1\n": "# Of the template.\nFIRST = 10\nSECOND = 2\n"},
        ),
        (
            {PRODUCT: "", ELEMENT: ""},
            {"record =": "other ="},
            {PRODUCT: "", ELEMENT: "", "record =": "other ="},
        ),
    ],
)
def test_neighbours_are_merged(
    mine: dict[str, str], after: dict[str, str], expected: dict[str, str]
) -> None:
    text = BASE
    for old, new in expected.items():
        text = text.replace(old, new)

    found = merged(mine, after)

    assert found is not None
    assert "".join(found.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("mine", "after"),
    [
        ({"FIRST = 1": "FIRST = 2"}, {"FIRST = 1": "FIRST = 3"}),
        ({"    pass": "    return"}, {"def build_product() -> None:\n    pass\n": ""}),
        ({'"products", 1': '"products", 2'}, {'"products", 1': '"products", 3'}),
        ({"FIRST = 1": "FIRST = 1\nNEW = 1"}, {"FIRST = 1": "FIRST = 1\nNEW = 2"}),
        ({PRODUCT: PRODUCT * 2}, {PRODUCT: ""}),
        (
            {"include(product, 1)": "include(product, 2)"},
            {"include(product, 1)": "include(product, 3)"},
        ),
        (
            {"include(product, 1)\n": "include(product, 1)\n# Own.\n"},
            {"include(product, 1)\n": "include(product, 1)\n# Its own.\n"},
        ),
        ({ELEMENT: f"{ELEMENT}    # Own.\n"}, {'"products", 1': '"products", 3'}),
    ],
)
def test_two_changes_of_one_statement_are_a_conflict(
    mine: dict[str, str], after: dict[str, str]
) -> None:
    assert merged(mine, after) is None
