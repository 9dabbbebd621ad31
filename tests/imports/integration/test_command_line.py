from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.config.settings import Settings
from tests.imports.files import Importer, csv_of, environment_of, make_row

Run = Callable[..., Result]


@pytest.fixture
def run(import_settings: Settings) -> Run:
    def invoke(*arguments: object) -> Result:
        environment = environment_of(import_settings)
        return CliRunner().invoke(cli, ["import", *map(str, arguments)], env=environment)

    return invoke


def test_rejected_rows_are_status_1_and_their_file_is_named(importer: Importer, run: Run) -> None:
    path = importer.write(csv_of(make_row("A"), make_row("B", price="0")))
    report = importer.directory / "bad.csv"

    result = run(path, "--dry-run", "--rejected", report)

    assert result.exit_code == 1
    assert result.stdout.startswith("Dry run, nothing is kept. catalogue.csv: 2 rows, 1 inserted")
    assert str(report) in result.stdout
    assert report.exists()


def test_a_given_file_for_rejected_rows_is_never_overwritten(importer: Importer, run: Run) -> None:
    path = importer.write(csv_of(make_row(price="0")))
    report = importer.write("precious", "bad.csv")

    result = run(path, "--rejected", report)

    assert result.exit_code == 1
    assert "bad.csv: rejected rows cannot be written: File exists" in result.stderr
    assert report.read_text() == "precious"


@pytest.mark.parametrize("arguments", [["none.csv"], ["x.txt"], [], ["a.csv", "--resource", "x"]])
def test_bad_usage_is_status_2(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr
