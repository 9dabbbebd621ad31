"""CSV files as spreadsheets export them."""

import pytest

from app.exceptions.shared.import_exceptions import ImportFileError
from app.infrastructure.database.pool import Connection
from app.models.shared.import_rows import ImportCounts
from tests.support.import_files import HEADER, Importer, csv_of, make_row

ROW = "NB-1,Caf\u00e9,Light,Notebooks,999.50,HW"
TEXT = f"{HEADER}\n{ROW}\n"
STORED = "SELECT code, name, note, price::text, is_active FROM widgets"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode("utf-16"),
        TEXT.replace(",", "|").encode(),
        b"sep=;\r\n" + TEXT.replace(",", ";").replace("\n", "\r\n").encode("cp1252"),
        b"\r\n" + TEXT.encode(),
        TEXT.replace("code,name", " Code , NAME ").encode(),
    ],
)
async def test_the_encoding_the_separator_and_the_case_of_the_header_are_recognised(
    importer: Importer, database: Connection, content: bytes
) -> None:
    result = await importer.run(content)

    assert result.counts == ImportCounts(inserted=1)
    (row,) = await database.fetch(STORED)
    assert tuple(row) == ("NB-1", "Caf\u00e9", "Light", "999.50", True)


async def test_spaces_and_hyphens_in_a_header_stand_for_underscores(importer: Importer) -> None:
    rows = csv_of(make_row("A", is_active="FALSE", due_on="2026-01-15"))

    result = await importer.run(rows.replace("is_active,due_on", "Is Active,DUE-ON"))

    assert result.counts == ImportCounts(inserted=1)


@pytest.mark.parametrize(
    ("text", "stored"),
    [("TRUE", True), ("False", False), ("true", True), ("FALSE", False), ("1", True), ("0", False)],
)
async def test_booleans_are_read_as_spreadsheets_write_them(
    importer: Importer, database: Connection, text: str, stored: object
) -> None:
    await importer.run(csv_of(make_row(is_active=text)))

    assert await database.fetchval("SELECT is_active FROM widgets") is stored


async def test_rows_without_any_text_are_skipped(importer: Importer) -> None:
    result = await importer.run(f"{TEXT},,,,,\n\n , ,,,,\n,,,,,,,\n" + ROW.replace("1,", "2,", 1))

    assert result.counts == ImportCounts(inserted=2)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1,299.00", "a decimal comma or with thousands separators"),
        ("1.299,00", "a decimal comma or with thousands separators"),
        ("1299,00", "a decimal comma or with thousands separators"),
        ("1 299", "a decimal comma or with thousands separators"),
        ("1'299.00", "a decimal comma or with thousands separators"),
        ("1\u00a0299,00", "a decimal comma or with thousands separators"),
        ("1.299E+03", "scientific notation"),
        ("12%", "a percentage"),
        ("\u20ac 12.00", "a currency"),
        ("12.00 EUR", "a currency"),
    ],
)
async def test_a_number_of_another_locale_is_refused_with_how_to_export_it(
    importer: Importer, text: str, kind: str
) -> None:
    result = await importer.run(csv_of(make_row(price=text)))

    assert result.counts == ImportCounts(rejected=1)
    assert kind in result.reasons[2]
    assert result.reasons[2].startswith(f"price: {text!r} is ")
    assert result.reasons[2].endswith("export the column as plain numbers, such as 1299.00")


@pytest.mark.parametrize("text", ["n/a", "#REF!", "-", " ", "--1", "1.", "9" * 41, "x" * 1000])
async def test_a_cell_without_a_number_is_not_called_json(importer: Importer, text: str) -> None:
    result = await importer.run(csv_of(make_row(price=text)))

    assert result.reasons == {2: "price: is not a number of at most 40 digits, such as 1299.00"}


async def test_a_refused_boolean_says_what_is_accepted(importer: Importer) -> None:
    result = await importer.run(csv_of(make_row(is_active="WAHR")))

    assert result.reasons[2].endswith("is not true or false (also TRUE and FALSE, 1 and 0)")


async def test_an_unknown_column_is_named_and_can_be_ignored(importer: Importer) -> None:
    content = csv_of(make_row("A", colour="red"), make_row("B", colour="red", price="x"))

    with pytest.raises(ImportFileError, match="the header has the unknown 'colour'"):
        await importer.run(content)
    result = await importer.run(content, ignore_unknown_columns=True)

    assert result.counts == ImportCounts(inserted=1, rejected=1)
    assert "colour" not in result.rejected_rows[0]


@pytest.mark.parametrize("codec", ["utf-16", "cp1252", "utf-8-sig"])
async def test_rejected_rows_of_a_spreadsheet_are_imported_as_they_are(
    importer: Importer, codec: str
) -> None:
    content = TEXT.replace("999.50", "x").replace(",", ";").replace("code", "CODE")
    result = await importer.run(content.encode(codec))
    assert result.rejected is not None

    text = result.rejected.read_text(encoding="utf-8")
    again = await importer.run(text.replace(";x;", ";1;"), "corrected.csv")

    assert text.startswith("\ufeffrejected_line;rejected_reason;code;name;")
    assert again.counts == ImportCounts(inserted=1)


@pytest.mark.parametrize("name", ["ROWS.CSV", "Rows.Csv.GZ"])
async def test_the_case_of_the_file_name_does_not_matter(importer: Importer, name: str) -> None:
    path = importer.write(TEXT, name.replace("GZ", "gz"))
    path = path.rename(path.with_name(name))

    assert (await importer.run_file(path)).counts == ImportCounts(inserted=1)


async def test_an_apostrophe_before_a_formula_is_not_part_of_the_text(
    importer: Importer, database: Connection
) -> None:
    names = {"A": "'=1+1", "B": "''@x", "C": "'quoted'", "D": "=1+1"}
    await importer.run(csv_of(*(make_row(code, name=name) for code, name in names.items())))

    stored = await database.fetch("SELECT name FROM widgets ORDER BY code")
    assert [row["name"] for row in stored] == ["=1+1", "'@x", "'quoted'", "=1+1"]
