import json

import pytest

from app.models.shared.import_rows import ImportCounts
from tests.support.import_files import (
    HEADER,
    Importer,
    csv_of,
    json_lines_of,
    json_row,
    make_row,
)

GOOD = "GOOD,Good,,c,1,SW\n"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (make_row(code=""), "code: Field required"),
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
        (make_row(kind="hw"), "kind: "),
        (make_row(is_active="yes"), "is_active: "),
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
        ("X,too,few\n", "has 3 cells where the header has 6"),
        ("X,n,d,c,1,HW,many\n", "has 7 cells where the header has 6"),
        (
            'X,"n"x,d,c,1,HW\n',
            "is not valid CSV: after the closing quote of a cell there is more text",
        ),
        ("X,a\rb,d,c,1,HW\n", "is not valid CSV: a line contains CR: export"),
    ],
)
async def test_a_row_with_a_wrong_number_of_fields_is_rejected_alone(
    importer: Importer, line: str, reason: str
) -> None:
    result = await importer.run(f"{HEADER}\n{line}{GOOD}")

    assert result.counts == ImportCounts(inserted=1, rejected=1)
    assert result.reasons[2].startswith(reason)


async def test_a_row_that_is_not_utf_8_is_rejected_alone(importer: Importer) -> None:
    bad = b"BAD,caf\xe9,,c,1,SW\n"
    good = GOOD.replace("Good", "caf\u00e9").encode()

    result = await importer.run(HEADER.encode() + b"\n" + bad + good)

    assert result.counts == ImportCounts(inserted=1, rejected=1)
    assert result.rejected is not None
    assert result.rejected.read_bytes().endswith(bad)
    again = await importer.run_file(result.rejected)
    assert again.counts == ImportCounts(rejected=1)


async def test_a_row_of_several_lines_is_reported_by_its_first_line(importer: Importer) -> None:
    rows = [make_row("A", note="two\nlines"), make_row("B", price="x")]

    result = await importer.run(csv_of(*rows))

    assert list(result.reasons) == [2, 4]


async def test_an_unclosed_quote_extends_to_the_end_of_the_file(importer: Importer) -> None:
    result = await importer.run(f'{HEADER}\n{GOOD}X,"open,d,c,1,HW\n{GOOD}')

    assert result.counts == ImportCounts(inserted=1, rejected=1)
    assert result.reasons == {3: "is not valid CSV: a quoted cell is not closed"}


async def test_rejected_rows_can_be_fixed_and_imported_from_the_report(importer: Importer) -> None:
    result = await importer.run(csv_of(make_row("A", price="-1", name='He said "2,5"')))
    assert result.rejected is not None

    fixed = result.rejected.read_text().replace(",-1,", ",1,")
    again = await importer.run(fixed, "fixed.csv")

    assert again.counts == ImportCounts(inserted=1)


async def test_rejected_rows_of_an_earlier_run_are_not_overwritten(importer: Importer) -> None:
    first = await importer.run(csv_of(make_row(price="a")))
    second = await importer.run(csv_of(make_row(price="b")))

    assert first.rejected is not None
    assert second.rejected is not None
    assert first.rejected.name == "rows.rejected.csv"
    assert second.rejected.name == "rows.2.rejected.csv"
    assert first.rejected_rows[0]["price"] == "a"


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[1]",
        '{"code": "A", "code": "B"}',
        '{"code": "A", "price": NaN}',
        json.dumps(json_row(price="999.50")),
        json.dumps(json_row(price=True)),
        json.dumps(json_row(surprise=1)),
        json.dumps(json_row() | {"code": None}),
        json.dumps(json_row(name="\ud800")),
        "[" * 100_000,
    ],
)
async def test_an_invalid_json_line_is_rejected_unchanged(importer: Importer, line: str) -> None:
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
