"""The three days of docs/USERS.md, walked against a running service."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from devtools.documents.generated import ROOT
from devtools.private_auth import PrivateAuthService
from tests.support.database import execute
from tests.support.server import Server, make_environment
from tests.support.settings_and_clients import Tokens

BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
END_OF_STEP = "== end of step =="
WIDGETS = """
    INSERT INTO widgets (code, name, category, price, kind)
    SELECT 'W-' || to_char(n, 'FM0000'), 'Widget ' || n, 'Cables', n % 900 + 1.25, 'HW'
    FROM generate_series(1, 5000) AS n"""


class Step(NamedTuple):
    commands: str
    output: str


def read_steps() -> list[Step]:
    return [Step(*found) for found in BLOCK.findall((ROOT / "docs" / "USERS.md").read_text())]


async def test_each_command_has_the_output_that_the_page_shows(
    server: Server,
    tokens: Tokens,
    database_url: str,
    auth_service: PrivateAuthService,
    tmp_path: Path,
) -> None:
    await execute(database_url, WIDGETS)
    replaced = {
        "python3 dev.py token --role admin": f"echo {tokens.admin}",
        "http://127.0.0.1:8000": server.url,
        "python -m app": f"{shlex.quote(sys.executable)} -m tests.support.cli",
    }
    steps = read_steps()
    script = "".join(f"{step.commands}echo '{END_OF_STEP}'\n" for step in steps)
    for shown, actual in replaced.items():
        assert shown in script
        script = script.replace(shown, actual)

    environment = make_environment(database_url, auth_service.url, tmp_path)
    outputs = run(script, tmp_path, environment).split(f"{END_OF_STEP}\n")

    assert len(steps) > 10
    for step, output in zip(steps, outputs, strict=False):
        assert matches(step.output, output), f"{step.commands}\n{output}"


def run(script: str, directory: Path, settings: dict[str, str]) -> str:
    done = subprocess.run(  # noqa: S603 - the commands of our document
        ["/bin/bash", "-c", script],
        cwd=directory,
        env={**os.environ, **settings, "PYTHONPATH": str(ROOT), "NO_PROXY": "*"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    return done.stdout


def matches(expected: str, output: str) -> bool:
    """Compare line by line; `…` stands for any text. Responses do not end with a line end."""
    shown = [re.escape(line).replace("…", ".*") for line in expected.splitlines()]
    printed = output.replace("\r", "").replace("}[", "}\n[").splitlines()
    return len(shown) == len(printed) and all(map(re.fullmatch, shown, printed))


@pytest.mark.parametrize(
    ("expected", "output", "is_same"),
    [
        ("a\n", "a", True),
        ("a…c\n", "abc\n", True),
        ("a…c\n", "abd\n", False),
        ("a\n", "a\nb\n", False),
        ("a\nb\n", "a\n", False),
    ],
)
def test_outputs_are_compared_line_by_line(expected: str, output: str, *, is_same: bool) -> None:
    assert matches(expected, output) is is_same
