import gzip
import os
import re

import pytest

from app.exceptions.shared.import_exceptions import ImportFileError, RejectedFileError
from app.infrastructure.database.pool import Connection
from app.infrastructure.import_files.opening import open_input
from app.models.shared.import_rows import ImportCounts
from tests.support.import_files import HEADER, Importer, csv_of, make_row


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
async def test_common_csv_dialects_are_read(importer: Importer, content: bytes, rows: int) -> None:
    assert (await importer.run(content)).counts == ImportCounts(inserted=rows)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"code,name\n", "the header lacks 'category', 'price'"),
        ("a.csv", HEADER.encode() + b",colour\n", "the header has the unknown 'colour'"),
        ("a.csv", HEADER.encode() + b",code\n", "the header repeats 'code'"),
        ("a.csv", b"code;name\n", "the header lacks 'category', 'price'"),
        ("a.csv", HEADER.encode("utf-32"), "is in UTF-32"),
        ("a.csv", b"\xff\xfec", "is not valid UTF-16 LE"),
        ("a.csv", HEADER.replace(",", "\r").encode(), "end in CR"),
        ("a.csv", b"PK\x03\x04", "is a spreadsheet or an archive: export its sheet as CSV"),
        ("a.csv", HEADER.encode() + b"\n" + b"x" * 5_000_000, "line 2 is longer than"),
        ("a.csv", ",".join([HEADER, *(f"c{n}" for n in range(50))]).encode(), "30 more"),
        ("a.csv", b"\x1f\x8bpacked", "is compressed, but its name does not end in .gz"),
        ("a.csv.gz", gzip.compress(b"code", mtime=0), "is compressed, twice"),
        ("a.xlsx", b"", "is a spreadsheet or an archive: export its sheet as CSV"),
        ("a.ods", b"", "is a spreadsheet or an archive: export its sheet as CSV"),
        ("a.json", b"[]", "must end in .csv"),
        ("a.gz", b"", "must end in .csv"),
    ],
)
async def test_a_malformed_file_is_refused(
    importer: Importer, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(ImportFileError, match=re.escape(reason)):
        await importer.run(content, name)


@pytest.mark.parametrize(
    ("mangle", "reason"),
    [
        (lambda packed: packed[:-20], "truncated"),
        (lambda packed: packed[:500] + b"\xff" * 40 + packed[540:], "is damaged"),
        (lambda packed: packed[:-8] + b"\xff" * 8, "is damaged"),
        (lambda packed: packed + b"text", "a plain file must not be named .gz"),
        (lambda _: b"code,name", "a plain file must not be named .gz"),
    ],
    ids=["truncated", "damaged", "wrong checksum", "continued", "not packed"],
)
async def test_a_broken_archive_stores_nothing(
    importer: Importer, database: Connection, mangle: object, reason: str
) -> None:
    assert callable(mangle)
    rows = [make_row(f"S{n}", price="0" if n % 100 == 0 else "1") for n in range(6_000)]
    path = importer.directory / "a.csv.gz"
    path.write_bytes(mangle(gzip.compress(csv_of(*rows).encode())))

    with pytest.raises(ImportFileError, match=reason):
        await importer.run_file(path)

    assert await database.fetch("SELECT id FROM widgets") == []
    assert list(importer.directory.glob("*rejected*")) == []


async def test_a_missing_file_is_named(importer: Importer) -> None:
    with pytest.raises(ImportFileError, match=r"none\.csv: No such file"):
        await importer.run_file(importer.directory / "none.csv")


async def test_nothing_is_imported_when_the_rejected_file_cannot_be_written(
    importer: Importer, database: Connection
) -> None:
    path = importer.write(csv_of(make_row("A"), make_row("B", price="0")))
    nowhere = Importer(importer.settings, importer.directory / "missing")

    with pytest.raises(RejectedFileError, match="No such file"):
        await nowhere.run_file(path)

    assert await database.fetch("SELECT id FROM widgets") == []


@pytest.mark.parametrize("kind", ["FIFO", "device"])
async def test_a_file_that_cannot_be_read_twice_is_refused_at_once(
    importer: Importer, kind: str
) -> None:
    path = importer.directory / "rows.csv"
    if kind == "FIFO":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")

    with pytest.raises(ImportFileError, match="is not a regular file"), open_input(path):
        pytest.fail("the file was opened")
