import json

import pytest

from app.models.import_rows import ImportCounts
from tests.imports.files import (
    HEADER,
    Importer,
    csv_of,
    json_lines_of,
    json_row,
    make_row,
)

GOOD = "GOOD,Good,,c,u,b,l,1,SW\n"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (make_row(sku=""), "sku: Field required"),
        (make_row(name=" "), "name: "),
        (make_row(name="x" * 1_000_000), "name: "),
        (make_row(name="a\0b"), "name: Control characters are not allowed"),
        (make_row(price=""), "price: Field required"),
        (make_row(price="0"), "price: "),
        (make_row(price="1.005"), "price: "),
        (make_row(price="NaN"), "price: "),
        (make_row(price="1e3"), "price: "),
        (make_row(price="1_000"), "price: "),
        (make_row(price="\uff11"), "price: "),
        (make_row(price="9" * 30), "price: "),
        (make_row(product_type="hw"), "product_type: "),
        (make_row(is_available="yes"), "is_available: "),
    ],
)
async def test_a_row_that_the_api_would_refuse_is_rejected(
    importer: Importer, row: dict[str, str], reason: str
) -> None:
    result = await importer.run(csv_of(row))

    assert result.counts == ImportCounts(rejected=1)
    assert result.reasons[2].startswith(reason)
    assert {name: result.rejected_rows[0][name] for name in row} == row


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("X,too,few\n", "has 3 cells where the header has 9"),
        ("X,n,d,c,u,b,l,1,HW,many\n", "has 10 cells where the header has 9"),
        ('X,"n"x,d,c,u,b,l,1,HW\n', "is no CSV: "),
        ("X,a\rb,d,c,u,b,l,1,HW\n", "is no CSV: "),
    ],
)
async def test_a_ragged_row_is_rejected_and_the_next_is_read(
    importer: Importer, line: str, reason: str
) -> None:
    result = await importer.run(f"{HEADER}\n{line}{GOOD}")

    assert result.counts == ImportCounts(inserted=1, rejected=1)
    assert result.reasons[2].startswith(reason)


async def test_bytes_that_are_not_utf_8_cost_their_row_only(importer: Importer) -> None:
    bad = b"BAD,caf\xe9,,c,u,b,l,1,SW\n"

    result = await importer.run(HEADER.encode() + b"\n" + bad + GOOD.encode())

    assert result.counts == ImportCounts(inserted=1, rejected=1)
    assert result.rejected is not None
    assert result.rejected.read_bytes().endswith(bad)


async def test_a_line_number_is_that_of_the_start_of_the_row(importer: Importer) -> None:
    rows = [make_row("A", description="two\nlines"), make_row("B", price="x")]

    result = await importer.run(csv_of(*rows))

    assert list(result.reasons) == [2, 4]


async def test_an_open_quote_ends_with_the_file(importer: Importer) -> None:
    result = await importer.run(f'{HEADER}\n{GOOD}X,"open,d,c,u,b,l,1,HW\n{GOOD}')

    assert result.counts == ImportCounts(inserted=1, rejected=1)
    assert list(result.reasons) == [3]


async def test_rejected_rows_can_be_mended_and_imported_as_they_are(importer: Importer) -> None:
    result = await importer.run(csv_of(make_row("A", price="-1", name='He said "2,5"')))
    assert result.rejected is not None

    mended = result.rejected.read_text().replace(",-1,", ",1,")
    again = await importer.run(mended, "mended.csv")

    assert again.counts == ImportCounts(inserted=1)


async def test_rejected_rows_of_another_run_are_kept(importer: Importer) -> None:
    first = await importer.run(csv_of(make_row(price="a")))
    second = await importer.run(csv_of(make_row(price="b")))

    assert first.rejected is not None
    assert second.rejected is not None
    assert first.rejected.name == "catalogue.rejected.csv"
    assert second.rejected.name == "catalogue.2.rejected.csv"
    assert first.rejected_rows[0]["price"] == "a"


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[1]",
        '{"sku": "A", "sku": "B"}',
        '{"sku": "A", "price": NaN}',
        json.dumps(json_row(price="999.50")),
        json.dumps(json_row(price=True)),
        json.dumps(json_row(surprise=1)),
        json.dumps(json_row() | {"sku": None}),
        json.dumps(json_row(name="\ud800")),
        "[" * 100_000,
    ],
)
async def test_a_json_line_that_the_api_would_refuse_is_rejected_as_it_was(
    importer: Importer, line: str
) -> None:
    result = await importer.run(f"{line}\n\n{json_lines_of(json_row('GOOD'))}", "rows.jsonl")

    assert result.counts == ImportCounts(inserted=1, rejected=1)
    assert result.rejected is not None
    report = json.loads(result.rejected.read_text())
    assert (report["line"], report["row"]) == (1, line)
    assert report["reasons"]


async def test_a_json_price_stays_exact(importer: Importer) -> None:
    lines = json_lines_of(json_row()).replace("999.5", "9999999999.99")

    first = await importer.run(lines, "rows.jsonl")
    second = await importer.run(lines, "rows.jsonl")

    assert (first.counts.inserted, second.counts.unchanged) == (1, 1)
