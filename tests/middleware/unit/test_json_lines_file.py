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

from app.infrastructure.logging.json_lines_file import JsonLinesFile

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deeper" / "audit.log"


@pytest.fixture
def file(path: Path) -> Iterator[JsonLinesFile]:
    opened = JsonLinesFile(str(path))
    yield opened
    opened.close()


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_record_is_one_line(file: JsonLinesFile, path: Path) -> None:
    file.write({"a": 1})
    file.write({"a": 2})

    assert path.read_bytes() == b'{"a":1}\n{"a":2}\n'


def test_others_cannot_read_it(file: JsonLinesFile, path: Path) -> None:
    file.write({})

    assert path.stat().st_mode & 0o007 == 0


@pytest.mark.parametrize(
    "text", ["a\nb", "a\r\nb", "\x00\x1b[2J", "\u2028\u2029\u0085", "\x9b2J\x7f", '"}\n{"a":"']
)
def test_no_text_makes_a_line_of_its_own(file: JsonLinesFile, path: Path, text: str) -> None:
    file.write({"text": text})

    assert len(path.read_text().splitlines()) == 1
    assert path.read_text()[:-1].isprintable()
    assert json.loads(path.read_bytes()) == {"text": text}


def test_what_was_there_stays(path: Path, file: JsonLinesFile) -> None:
    path.parent.mkdir()
    path.write_text('{"a":0}\n')

    file.write({"a": 1})

    assert _lines(path) == [{"a": 0}, {"a": 1}]


@pytest.mark.parametrize("is_recreated", [False, True])
def test_a_moved_file_is_followed_by_a_new_one(
    file: JsonLinesFile, path: Path, *, is_recreated: bool
) -> None:
    file.write({"a": 1})
    moved = path.rename(path.with_suffix(".log.1"))
    if is_recreated:
        path.touch()

    file.write({"a": 2})

    assert (_lines(moved), _lines(path)) == ([{"a": 1}], [{"a": 2}])


def test_several_processes_share_a_file_through_rotations(path: Path) -> None:
    program = (
        "import sys; from app.infrastructure.logging.json_lines_file import JsonLinesFile\n"
        "file = JsonLinesFile(sys.argv[1])\n"
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
def _room_for(octets: int) -> Iterator[None]:
    """Let no file of this process grow beyond that, as a full disk would not."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_full_disk_fails_nobody_and_is_counted(
    file: JsonLinesFile, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.write({"n": 1})
    with _room_for(path.stat().st_size):
        for _ in range(3):
            file.write({"n": 2})
        assert file.dropped == 3

    file.write({"n": 3})

    assert _lines(path) == [{"n": 1}, {"n": 3}]
    assert file.dropped == 0
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    assert messages[1] == "3 lines for audit.log were lost"


def test_half_a_line_does_not_spoil_the_next(file: JsonLinesFile, path: Path) -> None:
    file.write({"n": 1})
    with _room_for(path.stat().st_size + 4):
        file.write({"n": 2})

    file.write({"n": 3})

    assert path.read_bytes() == b'{"n":1}\n{"n"\n{"n":3}\n'


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_device_that_is_full_fails_nobody(caplog: pytest.LogCaptureFixture) -> None:
    file = JsonLinesFile("/dev/full")

    file.write({})

    assert file.dropped == 1
    assert caplog.records[0].levelno == logging.ERROR
    file.close()


def test_a_place_that_cannot_be_made_fails_nobody(tmp_path: Path) -> None:
    (tmp_path / "occupied").touch()
    file = JsonLinesFile(str(tmp_path / "occupied" / "audit.log"))

    file.write({})

    assert file.dropped == 1


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="Linux shows its descriptors")
def test_a_closed_file_keeps_no_descriptor(file: JsonLinesFile) -> None:
    before = _descriptors()
    file.write({})

    file.close()
    file.close()

    assert _descriptors() == before


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
