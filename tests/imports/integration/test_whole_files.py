import gzip
import re

import pytest

from app.exceptions.import_exceptions import ImportFileError, RejectedFileError
from app.infrastructure.database.pool import Connection
from app.models.import_rows import ImportCounts
from tests.imports.files import HEADER, Importer, csv_of, make_row


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"\xef\xbb\xbf" + csv_of(make_row()).encode(), 1),
        (csv_of(make_row()).replace("\n", "\r\n").encode(), 1),
        (csv_of(make_row()).strip().encode(), 1),
        (HEADER.encode(), 0),
    ],
    ids=["byte order mark", "CRLF", "no last newline", "header only"],
)
async def test_what_programs_write_is_read(importer: Importer, content: bytes, rows: int) -> None:
    assert (await importer.run(content)).counts == ImportCounts(inserted=rows)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"sku,name\n", "the header lacks 'category', 'unit'"),
        ("a.csv", HEADER.encode() + b",colour\n", "the header has the unknown 'colour'"),
        ("a.csv", HEADER.encode() + b",sku\n", "the header repeats 'sku'"),
        ("a.csv", HEADER.replace(",", ";").encode(), "the header lacks 'sku'"),
        ("a.csv", HEADER.encode("utf-16"), "in UTF-8"),
        ("a.csv", HEADER.encode() + b"\n" + b"x" * 5_000_000, "line 2 is longer than"),
        ("a.xlsx", b"", "must end in .csv"),
        ("a.gz", b"", "must end in .csv"),
    ],
)
async def test_a_file_that_is_not_what_it_should_be_is_refused(
    importer: Importer, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(ImportFileError, match=re.escape(reason)):
        await importer.run(content, name)


@pytest.mark.parametrize(
    ("mangle", "reason"),
    [
        (lambda packed: packed[:-20], "truncated"),
        (lambda packed: packed[:500] + b"\xff" * 40 + packed[540:], "cannot be read at line"),
        (lambda _: b"sku,name", "cannot be read at line 1"),
    ],
    ids=["truncated", "damaged", "not packed"],
)
async def test_a_broken_archive_leaves_nothing(
    importer: Importer, database: Connection, mangle: object, reason: str
) -> None:
    assert callable(mangle)
    rows = [make_row(f"S{n}", price="0" if n % 100 == 0 else "1") for n in range(6_000)]
    path = importer.directory / "a.csv.gz"
    path.write_bytes(mangle(gzip.compress(csv_of(*rows).encode())))

    with pytest.raises(ImportFileError, match=reason):
        await importer.run_file(path)

    assert await database.fetch("SELECT id FROM products") == []
    assert list(importer.directory.glob("*rejected*")) == []


async def test_a_missing_file_is_named(importer: Importer) -> None:
    with pytest.raises(ImportFileError, match=r"none\.csv: No such file"):
        await importer.run_file(importer.directory / "none.csv")


async def test_without_a_place_for_rejected_rows_nothing_is_imported(
    importer: Importer, database: Connection
) -> None:
    path = importer.write(csv_of(make_row("A"), make_row("B", price="0")))
    nowhere = Importer(importer.settings, importer.directory / "missing")

    with pytest.raises(RejectedFileError, match="No such file"):
        await nowhere.run_file(path)

    assert await database.fetch("SELECT id FROM products") == []
