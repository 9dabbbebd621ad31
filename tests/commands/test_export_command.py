"""`python -m app export`: in the test process, and in one of its own where that must end."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.commands.failures import CommandError
from devtools.ports import free_port
from tests.support.database import execute
from tests.support.exported_rows import csv_rows, json_rows
from tests.support.import_files import environment_of
from tests.support.server import ROOT, START_SECONDS
from tests.support.service import DOMAINS
from tests.support.settings_and_clients import make_settings

Export = Callable[..., Result]

INSERT = """
    INSERT INTO widgets (code, name, category, price, kind)
    SELECT n::text, '=Item', 'C' || n % 2, n, 'HW' FROM generate_series(1, 1200) AS n"""


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    settings = make_settings(database_url, "http://127.0.0.1:9/auth", tmp_path)
    return environment_of(settings)


@pytest.fixture
def export(environment: dict[str, str]) -> Export:
    def run(*arguments: str | Path) -> Result:
        runner = CliRunner(env=environment)
        return runner.invoke(cli, ["export", *map(str, arguments)], obj=DOMAINS)

    return run


@pytest.fixture
async def _many_rows(database_url: str) -> None:
    await execute(database_url, INSERT)


many_rows = pytest.mark.usefixtures("_many_rows")


@many_rows
def test_selected_rows_are_written_to_standard_output(export: Export) -> None:
    done = export(
        *("widgets", "category=C1", "min_price=100.5", "q=item", "sort_by=price", "order=desc")
    )

    assert (done.exit_code, done.stderr) == (0, "550 widgets exported\n")
    rows = csv_rows(done.stdout_bytes)
    assert [row["code"] for row in rows] == [str(n) for n in range(1199, 100, -2)]
    assert {row["name"] for row in rows} == {"'=Item"}


@many_rows
def test_a_file_is_written_in_the_format_of_its_name(export: Export, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"

    first = export("widgets", "--output", path)
    rows = json_rows(path.read_bytes())
    kept = export("widgets", "code=7", "--output", path)
    replaced = export("widgets", "code=7", "--output", path, "--yes")

    assert (first.exit_code, first.stdout) == (0, "")
    assert [row["price"] for row in rows] == list(range(1, 1201))
    assert (kept.exit_code, "--yes" in kept.stderr) == (1, True)
    assert (replaced.exit_code, len(json_rows(path.read_bytes()))) == (0, 1)
    assert [each.name for each in tmp_path.glob("*rows*")] == ["rows.jsonl"]


WRONG = [
    (["gadgets"], "must be one of: widgets"),
    (["widgets", "colour=red"], "with a name of: order"),
    (["widgets", "price"], "NAME=VALUE"),
    (["widgets", "page=2"], "NAME=VALUE"),
    (["widgets", "kind=XX"], "kind: "),
    (["widgets", "q=a", "q=b"], "q is repeated"),
    (["widgets", "--format", "xlsx"], "xlsx"),
]


def test_wrong_usage_exits_with_status_2(export: Export) -> None:
    for arguments, reason in WRONG:
        done = export(*arguments)

        assert (done.exit_code, done.stdout) == (2, ""), arguments
        assert reason in " ".join(done.stderr.replace("│", "").split())


def test_a_file_that_cannot_be_written_is_named(export: Export, tmp_path: Path) -> None:
    done = export("widgets", "--output", tmp_path / "missing" / "rows.csv")

    assert isinstance(done.exception, CommandError)
    assert "missing/rows.csv cannot be written: No such file" in str(done.exception)


@many_rows
def test_a_failing_command_ends_with_one_sentence_and_leaves_no_file(
    environment: dict[str, str], tmp_path: Path
) -> None:
    def run(script: str, *arguments: str, **overrides: str) -> tuple[int, bytes]:
        command: list[Any] = [sys.executable, "-m", "tests.support.cli", "export", *arguments]
        done = subprocess.run(  # noqa: S603 - our own arguments
            ["/bin/bash", "-c", f'"$@" {script}', "-", *command],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **environment, **overrides},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=START_SECONDS,
            check=False,
        )
        return done.returncode, done.stderr

    away = f"postgresql://u:p@127.0.0.1:{free_port()}/x"
    output = str(tmp_path / "rows.csv")
    failures = [run("", "widgets", "--output", output, DATABASE_URL=away)]
    failures.append(run("> /dev/full", "widgets"))

    assert [(status, len(error.splitlines())) for status, error in failures] == [(1, 1)] * 2
    assert list(tmp_path.glob("*rows*")) == []


@many_rows
def test_a_device_is_written_and_not_replaced(export: Export, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with open(os.open(fifo, os.O_RDWR), "rb", buffering=0) as reader:  # noqa: PTH123 - no path
        done = export("widgets", "code=7", "--format", "jsonl", "--output", fifo)
        content = reader.read(10_000)

    assert done.exit_code == 0
    assert [row["code"] for row in json_rows(content)] == ["7"]
    assert fifo.is_fifo()
