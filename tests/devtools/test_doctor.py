import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.doctor import examine
from devtools.ports import LOOPBACK, free_port


@pytest.fixture(autouse=True)
def _an_unconfigured_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "REDIS_URL", "AUTH_SERVICE_URL", "JWT_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server((LOOPBACK, 0)) as listener:
        yield listener.getsockname()[1]


def test_nothing_blocks_an_unconfigured_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert examine(free_port()) == 0
    assert "private: dev.py starts one" in capsys.readouterr().out


def test_a_taken_port_blocks(taken_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert examine(taken_port) == 1
    assert f"port {taken_port} is in use" in capsys.readouterr().out


def test_a_configured_server_that_answers_is_well(
    taken_port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"postgresql://me:hidden@{LOOPBACK}:{taken_port}/service"
    (tmp_path / ".env").write_text(f"DATABASE_URL={url}\n")

    assert examine(free_port()) == 0

    output = capsys.readouterr().out
    assert f"{LOOPBACK}:{taken_port} answers" in output
    assert "hidden" not in output


def test_a_configured_server_that_is_silent_blocks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://me@{LOOPBACK}:{free_port()}/service")

    assert examine(free_port()) == 1
    assert "remove DATABASE_URL" in capsys.readouterr().out


def test_redis_may_be_silent_since_the_service_goes_on_without_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://:hidden@{LOOPBACK}:{free_port()}/0")

    assert examine(free_port()) == 0

    output = capsys.readouterr().out
    assert "does not answer" in output
    assert "hidden" not in output


def test_a_configured_auth_service_needs_its_secret(
    taken_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUTH_SERVICE_URL", f"http://{LOOPBACK}:{taken_port}/api/v1/auth")

    assert examine(free_port()) == 1
    assert "set JWT_SECRET_KEY" in capsys.readouterr().out
