"""A port that was given to a server is not given to another one before the first listens."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from devtools import ports

ROOT = Path(__file__).resolve().parents[2]
CHOOSE = "from devtools.ports import free_port; print(free_port(), flush=True); input()"


def _prefer(monkeypatch: pytest.MonkeyPatch, *numbers: int) -> None:
    """Let all but one in a hundred choices be the first of the ports."""
    first, *others = numbers
    monkeypatch.setattr(ports, "_PORTS", [*[first] * 99, *others])


def test_within_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    second = ports.free_port()
    monkeypatch.setattr(ports, "_given", set())
    first = ports.free_port()
    _prefer(monkeypatch, first, second)

    assert ports.free_port() == second


def test_between_processes_while_they_run(monkeypatch: pytest.MonkeyPatch) -> None:
    own = ports.free_port()
    monkeypatch.setattr(ports, "_given", set())
    with subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", CHOOSE],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        given = int(process.stdout.readline())
        _prefer(monkeypatch, given, own)

        assert ports.free_port() == own
        process.kill()

    _prefer(monkeypatch, given)
    assert ports.free_port() == given


def test_without_a_place_for_the_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    monkeypatch.setattr(ports, "_claims", cache(ports._claims.__wrapped__))  # noqa: SLF001 - its own cache

    assert ports.free_port() != ports.free_port()
