import gzip
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.config.settings import Settings
from tests.support.import_files import (
    Importer,
    csv_of,
    environment_of,
    json_lines_of,
    json_row,
    make_row,
)
from tests.support.service import DOMAINS

Run = Callable[..., Result]


@pytest.fixture
def run(import_settings: Settings) -> Iterator[Run]:
    def invoke(*arguments: object, input: bytes | None = None) -> Result:  # noqa: A002 - as click
        environment = environment_of(import_settings)
        words = ["import", *map(str, arguments)]
        return CliRunner().invoke(cli, words, input=input, env=environment, obj=DOMAINS)

    with _restored_log_levels("app.infrastructure.database", "app.infrastructure.cache"):
        yield invoke


@contextmanager
def _restored_log_levels(*names: str) -> Iterator[None]:
    """Restore the logger levels that the command changes in the test process."""
    levels = {name: logging.getLogger(name).level for name in names}
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_rejected_rows_exit_with_status_1_and_print_their_file(
    importer: Importer, run: Run
) -> None:
    path = importer.write(csv_of(make_row("A"), make_row("B", price="0")))
    report = importer.directory / "bad.csv"

    result = run(path, "--dry-run", "--rejected", report)

    assert result.exit_code == 1
    assert result.stdout.startswith("Dry run, nothing is stored. rows.csv: 2 rows, 1 inserted")
    assert str(report) in result.stdout
    assert report.exists()


def test_an_existing_file_for_rejected_rows_is_not_overwritten(
    importer: Importer, run: Run
) -> None:
    path = importer.write(csv_of(make_row(price="0")))
    report = importer.write("precious", "bad.csv")

    result = run(path, "--rejected", report)

    assert result.exit_code == 1
    assert "bad.csv: rejected rows cannot be written: File exists" in result.stderr
    assert report.read_text() == "precious"


# An empty resource is that of a shell variable that is not set.
@pytest.mark.parametrize(
    "arguments",
    [["none.csv"], ["x.txt"], [], ["a.csv", "--resource", "x"], ["a.csv", "--resource", ""]],
)
def test_invalid_arguments_exit_with_status_2(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_what_was_recognised_is_said(importer: Importer, run: Run) -> None:
    text = csv_of(make_row("A", Colour="red")).replace(",", ";").replace("code", "Code", 1)
    path = importer.write(text.replace("Laptop", "Caf\u00e9").encode("cp1252"))

    result = run(path, "--ignore-unknown-columns")

    assert (result.exit_code, result.stderr.splitlines()) == (
        0,
        [
            "rows.csv: the encoding is Windows-1252",
            "rows.csv: the cells are separated by semicolons",
            "rows.csv: the column 'Code' is read as code",
            "rows.csv: ignored: 'Colour'",
        ],
    )


@pytest.mark.parametrize(
    "content",
    [
        csv_of(make_row()).encode(),
        json_lines_of(json_row()).encode(),
        f"\n{json_lines_of(json_row())}".encode("utf-8-sig"),
        json_lines_of(json_row()).encode("utf-16"),
        gzip.compress(csv_of(make_row()).encode()),
        csv_of(make_row()).encode("utf-16"),
    ],
    ids=["CSV", "JSON lines", "JSON lines with BOM", "JSON lines in UTF-16", "gzip", "UTF-16"],
)
def test_standard_input_is_read(run: Run, content: bytes) -> None:
    result = run("-", input=content)

    assert result.exit_code == 0
    assert result.stdout.startswith("standard input: 1 rows, 1 inserted")


def test_rejected_rows_of_standard_input_are_written_to_the_working_directory(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    result = run("-", input=csv_of(make_row(price="0")).encode())

    assert result.exit_code == 1
    assert (tmp_path / "stdin.rejected.csv").exists()


def test_standard_input_without_a_temporary_directory_is_refused_in_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))

    result = run("-", input=csv_of(make_row()).encode())

    assert result.exit_code == 2
    assert "standard input: cannot be stored in a temporary file: " in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_silent_is_an_option(importer: Importer, run: Run) -> None:
    assert run(importer.write(csv_of(make_row())), "--silent").exit_code == 0
