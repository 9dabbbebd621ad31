import json
import logging
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.infrastructure.logging.json_lines_log import JsonLinesLog

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deeper" / "audit.log"


@pytest.fixture
def file(path: Path) -> Iterator[JsonLinesLog]:
    opened = JsonLinesLog(str(path))
    yield opened
    opened.close()


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_record_is_one_line(file: JsonLinesLog, path: Path) -> None:
    file.write({"a": 1})
    file.write({"a": 2})

    assert path.read_bytes() == b'{"a":1}\n{"a":2}\n'


def test_only_the_owner_can_read_the_file(file: JsonLinesLog, path: Path) -> None:
    file.write({})

    assert path.stat().st_mode & 0o007 == 0


@pytest.mark.parametrize(
    "text", ["a\nb", "a\r\nb", "\x00\x1b[2J", "\u2028\u2029\u0085", "\x9b2J\x7f", '"}\n{"a":"']
)
def test_no_text_can_forge_a_line(file: JsonLinesLog, path: Path, text: str) -> None:
    file.write({"text": text})

    assert len(path.read_text().splitlines()) == 1
    assert path.read_text()[:-1].isprintable()
    assert json.loads(path.read_bytes()) == {"text": text}


def test_existing_lines_are_not_overwritten(path: Path, file: JsonLinesLog) -> None:
    path.parent.mkdir()
    path.write_text('{"a":0}\n')

    file.write({"a": 1})

    assert _lines(path) == [{"a": 0}, {"a": 1}]


@pytest.mark.parametrize("is_recreated", [False, True])
def test_a_new_file_is_opened_after_rotation(
    file: JsonLinesLog, path: Path, *, is_recreated: bool
) -> None:
    file.write({"a": 1})
    moved = path.rename(path.with_suffix(".log.1"))
    if is_recreated:
        path.touch()

    file.write({"a": 2})

    assert (_lines(moved), _lines(path)) == ([{"a": 1}], [{"a": 2}])


def test_several_processes_share_a_file_through_rotations(path: Path) -> None:
    program = (
        "import sys; from app.infrastructure.logging.json_lines_log import JsonLinesLog\n"
        "file = JsonLinesLog(sys.argv[1])\n"
        "for n in range(300): file.write({'who': sys.argv[2], 'n': n, 'pad': 'x' * 3000})"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(path), str(who)], cwd=ROOT)  # noqa: S603 - ours
        for who in range(3)
    ]
    rotated: list[Path] = []
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            rotated.append(path.rename(path.with_suffix(f".{len(rotated)}")))
        try:
            writers[0].wait(0.02)
        except subprocess.TimeoutExpired:
            continue
    rest = [path] if path.exists() else []

    lines = [line for each in (*rotated, *rest) for line in _lines(each)]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert len(lines) == 900
    assert {(line["who"], line["n"]) for line in lines} == {
        (str(who), n) for who in range(3) for n in range(300)
    }


@contextmanager
def _limit_file_size(octets: int) -> Iterator[None]:
    """Limit the file size of this process, to simulate a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_full_disk_raises_no_error_and_is_counted(
    file: JsonLinesLog, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.write({"n": 1})
    with _limit_file_size(path.stat().st_size):
        for _ in range(3):
            file.write({"n": 2})
        assert file.dropped == 3

    file.write({"n": 3})

    assert _lines(path) == [{"n": 1}, {"n": 3}]
    assert file.dropped == 0
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    assert messages[1] == "3 lines for audit.log were lost"


def test_a_partial_line_does_not_break_the_next_one(
    file: JsonLinesLog, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.write({"n": 1})
    with _limit_file_size(path.stat().st_size + 4):
        file.write({"n": 2})

    file.write({"n": 3})

    assert path.read_bytes() == b'{"n":1}\n{"n"\n{"n":3}\n'
    # An OSError that the operating system has not raised has no `strerror`.
    assert caplog.messages[0].endswith("lost: only a part of the line was written")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_device_raises_no_error(caplog: pytest.LogCaptureFixture) -> None:
    file = JsonLinesLog("/dev/full")

    file.write({})

    assert file.dropped == 1
    assert caplog.records[0].levelno == logging.ERROR
    file.close()


def test_a_directory_that_cannot_be_created_raises_no_error(tmp_path: Path) -> None:
    (tmp_path / "occupied").touch()
    file = JsonLinesLog(str(tmp_path / "occupied" / "audit.log"))

    file.write({})

    assert file.dropped == 1


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="Linux shows its descriptors")
def test_a_closed_file_frees_its_descriptor(file: JsonLinesLog) -> None:
    before = _descriptors()
    file.write({})

    file.close()
    file.close()

    assert _descriptors() == before


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
