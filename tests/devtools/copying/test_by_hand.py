"""The steps of README.md, "By hand", create a service that runs."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from devtools.ports import LOOPBACK, free_port
from devtools.processes import die_with_parent, stop
from devtools.state import DevState
from tests.support.copied_services import ROOT, make_template, run_dev

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SERVE = "python3 dev.py run"
SECONDS = 180


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, list[str]]]:
    """The steps in order: each is a command or the lines of `app/__init__.py`."""
    section = (ROOT / "README.md").read_text().partition("### By hand\n")[2].partition("\n## ")[0]
    return [(language, text.splitlines()) for language, text in BLOCK.findall(section)]


@pytest.fixture(scope="module")
def copy(steps: list[tuple[str, list[str]]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Follow all steps except the last command, which runs until it is stopped."""
    here = tmp_path_factory.mktemp("services")
    original = make_template(here / steps[0][1][0].split()[2])
    create_local_files(original)
    for language, lines in steps:
        if language == "python":
            edit(here / "app" / "__init__.py", lines)
            continue
        for line in lines:
            if line.startswith("cd "):
                here /= line.removeprefix("cd ")
            elif line != SERVE:
                follow(line, here)
    assert steps[-1][1][-1] == SERVE
    return here


def create_local_files(original: Path) -> None:
    """Create the files that a running service leaves in its folder."""
    (original / ".env").write_text("SERVICE_NAME=the-original\n")
    (original / ".venv" / "bin").mkdir(parents=True)
    (original / ".venv" / "bin" / "pip").write_text(f"#!{original}/.venv/bin/python\n")
    state = DevState(directory=original / ".dev")
    state.discard_if_copied()
    state.save_auth_port(1)


def edit(file: Path, lines: list[str]) -> None:
    text = file.read_text()
    for line in lines:
        name = line.partition(" = ")[0]
        text, count = re.subn(rf"^{name} = .*$", line, text, flags=re.MULTILINE)
        assert count == 1, name
    file.write_text(text)


def follow(line: str, here: Path) -> None:
    # `dev.py` first creates an environment; the test already runs in one.
    command = [str(word) for word in shlex.split(line)]
    if command[:2] == ["python3", "dev.py"]:
        command[:2] = [sys.executable, "-m", "devtools"]
    subprocess.run(command, cwd=here, env=make_environment(), check=True)  # noqa: S603 - the README's


def make_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def test_the_copy_runs_under_its_own_name(copy: Path, tmp_path: Path) -> None:
    with serve(copy, tmp_path / "output") as url:
        assert httpx.get(url).json()["service"] == "New Service"
        refused = httpx.get(f"{url}/nothing").json()

    assert refused["type"].startswith("https://new-service.")
    assert DevState(directory=copy / ".dev").auth_port() != 1


@contextmanager
def serve(copy: Path, log: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "devtools", "run", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - ours
            die_with_parent(command), cwd=copy, env=make_environment(), stdout=output, stderr=output
        )
    try:
        wait_for(log, process)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        stop(process, by=signal.SIGTERM, seconds=SECONDS)


def wait_for(log: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS
    while "Ctrl-C stops everything" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def test_the_copy_does_not_refer_to_the_original(copy: Path) -> None:
    assert not (copy / ".git" / "refs" / "heads" / "main").exists()
    assert not (copy / ".env").exists()
    doctor = run_dev(copy, "doctor").output
    assert re.search(r"\.venv +created in another folder", doctor)
    assert re.search(r"port 8002 ", doctor)


def test_generated_documents_describe_the_copy(copy: Path) -> None:
    assert "`new-service`" in (copy / "docs" / "OPERATIONS.md").read_text()
