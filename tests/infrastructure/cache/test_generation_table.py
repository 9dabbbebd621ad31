import logging
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from app.infrastructure.cache.generation_table import (
    ALL_TAGS,
    FILE_BYTES,
    GenerationTable,
    map_generation_table,
)
from tests.support.server import ROOT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.marks"


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_generation_is_current_until_its_tag_is_invalidated(file: Path) -> None:
    generations = GenerationTable.map(file)
    seven, eight = generations.read("widgets/7"), generations.read("widgets/8")

    generations.invalidate("widgets/7")

    assert not generations.is_current(seven)
    assert generations.is_current(eight)
    assert generations.read("widgets/7") != seven


def test_invalidating_all_tags_changes_every_generation(file: Path) -> None:
    generations = GenerationTable.map(file)
    seven = generations.read("widgets/7")

    generations.invalidate(ALL_TAGS)

    assert not generations.is_current(seven)


def test_processes_share_the_generations_of_a_file(file: Path) -> None:
    here, there = GenerationTable.map(file), GenerationTable.map(file)
    seven = here.read("widgets/7")

    there.invalidate("widgets/7")

    assert not here.is_current(seven)
    assert here.machine_id == there.machine_id


def test_machines_have_different_ids(tmp_path: Path) -> None:
    one, other = (GenerationTable.map(tmp_path / name) for name in ("one", "other"))

    assert one.machine_id != other.machine_id


def test_a_new_file_treats_redis_as_stale_until_flushed(file: Path) -> None:
    generations = GenerationTable.map(file)
    assert not generations.shared_is_current

    generations.confirm_flushed(generations.flush_ticket)

    assert generations.shared_is_current


def test_an_outdated_flush_ticket_does_not_confirm_a_later_flush(file: Path) -> None:
    generations = GenerationTable.map(file)
    older = generations.flush_ticket

    generations.mark_shared_stale()
    generations.confirm_flushed(older)

    assert not generations.shared_is_current


@pytest.mark.parametrize("content", [b"", b"garbage", bytes(FILE_BYTES - 1), bytes(FILE_BYTES * 2)])
def test_a_file_of_any_content_and_size_can_be_used(file: Path, content: bytes) -> None:
    file.write_bytes(content)

    one, other = GenerationTable.map(file), GenerationTable.map(file)

    seven = one.read("widgets/7")
    other.invalidate("widgets/7")
    assert not one.is_current(seven)


def test_only_the_user_can_read_or_write_the_file(file: Path) -> None:
    GenerationTable.map(file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_processes_that_create_the_file_in_parallel_share_it(directory: Path) -> None:
    program = (
        "import sys\n"
        "from app.infrastructure.cache.generation_table import map_generation_table\n"
        "sys.stdin.read()\n"
        "generations = map_generation_table('some')\n"
        "generations.invalidate(sys.argv[1])\n"
        "print(generations.machine_id)\n"
    )
    processes = [
        subprocess.Popen(  # noqa: S603 - ours
            [sys.executable, "-c", program, f"widgets/{number}"],
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

    assert machines == {f"{map_generation_table('some').machine_id}\n".encode()}


def test_a_killed_process_leaves_the_file_usable(directory: Path) -> None:
    program = (
        "import os\n"
        "from app.infrastructure.cache.generation_table import map_generation_table\n"
        "map_generation_table('some').invalidate('widgets/7')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    seven = map_generation_table("some").read("widgets/7")

    subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", program], cwd=ROOT, env={"TMPDIR": str(directory)}, check=False
    )

    assert not map_generation_table("some").is_current(seven)


@pytest.mark.parametrize("obstacle", ["link", "directory", "no directory", "file of another user"])
def test_an_unusable_file_is_logged_in_one_line_and_nothing_is_shared(
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
        generations = map_generation_table("some")

    assert not generations.is_shared
    (line,) = caplog.messages
    assert line.startswith("Caching is disabled: ")
