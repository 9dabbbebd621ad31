import logging
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from app.infrastructure.cache.generation_marks import (
    EVERYTHING,
    FILE_BYTES,
    GenerationMarks,
    open_marks,
)
from tests.server import ROOT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.marks"


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_mark_is_present_until_its_subject_is_changed(file: Path) -> None:
    marks = GenerationMarks.open(file)
    seven, eight = marks.read("products/7"), marks.read("products/8")

    marks.change("products/7")

    assert not marks.is_present(seven)
    assert marks.is_present(eight)
    assert marks.read("products/7") != seven


def test_everything_changes_every_mark(file: Path) -> None:
    marks = GenerationMarks.open(file)
    seven = marks.read("products/7")

    marks.change(EVERYTHING)

    assert not marks.is_present(seven)


def test_all_who_open_a_file_share_its_marks(file: Path) -> None:
    here, there = GenerationMarks.open(file), GenerationMarks.open(file)
    seven = here.read("products/7")

    there.change("products/7")

    assert not here.is_present(seven)
    assert here.machine == there.machine


def test_machines_differ(tmp_path: Path) -> None:
    one, other = (GenerationMarks.open(tmp_path / name) for name in ("one", "other"))

    assert one.machine != other.machine


def test_what_is_new_doubts_redis_until_that_is_settled(file: Path) -> None:
    marks = GenerationMarks.open(file)
    assert not marks.redis_is_trusted

    marks.settle(marks.redis_doubt)

    assert marks.redis_is_trusted


def test_a_younger_doubt_is_not_settled_with_an_older(file: Path) -> None:
    marks = GenerationMarks.open(file)
    older = marks.redis_doubt

    marks.doubt_redis()
    marks.settle(older)

    assert not marks.redis_is_trusted


@pytest.mark.parametrize("content", [b"", b"garbage", bytes(FILE_BYTES - 1), bytes(FILE_BYTES * 2)])
def test_a_file_of_any_content_and_size_can_be_used(file: Path, content: bytes) -> None:
    file.write_bytes(content)

    one, other = GenerationMarks.open(file), GenerationMarks.open(file)

    seven = one.read("products/7")
    other.change("products/7")
    assert not one.is_present(seven)


def test_only_the_user_can_read_or_write_the_file(file: Path) -> None:
    GenerationMarks.open(file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_processes_that_make_the_file_at_once_agree(directory: Path) -> None:
    program = (
        "import sys\n"
        "from app.infrastructure.cache.generation_marks import open_marks\n"
        "sys.stdin.read()\n"
        "marks = open_marks('some')\n"
        "marks.change(sys.argv[1])\n"
        "print(marks.machine)\n"
    )
    processes = [
        subprocess.Popen(  # noqa: S603 - ours
            [sys.executable, "-c", program, f"products/{number}"],
            cwd=ROOT,
            env={"TMPDIR": str(directory)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for number in range(6)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None

    machines = {process.communicate()[0] for process in processes}

    assert machines == {f"{open_marks('some').machine}\n".encode()}


def test_a_process_that_is_killed_leaves_the_marks_usable(directory: Path) -> None:
    program = (
        "import os\n"
        "from app.infrastructure.cache.generation_marks import open_marks\n"
        "open_marks('some').change('products/7')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    seven = open_marks("some").read("products/7")

    subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", program], cwd=ROOT, env={"TMPDIR": str(directory)}, check=False
    )

    assert not open_marks("some").is_present(seven)


@pytest.mark.parametrize("obstacle", ["link", "directory", "no directory", "somebody else's"])
def test_where_no_file_can_be_had_nothing_is_shared_and_one_line_says_so(
    directory: Path,
    obstacle: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file = directory / f"some-{os.geteuid()}.marks"
    if obstacle == "link":
        (directory / "target").write_bytes(b"precious")
        file.symlink_to(directory / "target")
    elif obstacle == "directory":
        file.mkdir()
    elif obstacle == "no directory":
        monkeypatch.setattr(tempfile, "tempdir", str(directory / "none"))
    else:
        file.write_bytes(b"")
        (directory / f"some-{os.geteuid() + 1}.marks").write_bytes(b"")
        monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    with caplog.at_level(logging.ERROR):
        marks = open_marks("some")

    assert not marks.are_shared
    (line,) = caplog.messages
    assert line.startswith("Nothing is cached: ")
