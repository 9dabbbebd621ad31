"""`dev.py doctor` reports problems and fails for those that block `dev.py run`."""

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.configured_servers import find_addresses
from devtools.doctor import run_doctor
from devtools.ports import LOOPBACK, free_port


@pytest.fixture(autouse=True)
def _unconfigured_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "REDIS_URL", "AUTH_SERVICE_URL", "JWT_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def used_port() -> Iterator[int]:
    with socket.create_server((LOOPBACK, 0)) as listener:
        yield listener.getsockname()[1]


def test_an_unconfigured_project_has_no_blocking_problem(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_doctor(free_port()) == 0
    assert "private: started by dev.py" in capsys.readouterr().out


def test_a_port_in_use_is_a_blocking_problem(
    used_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_doctor(used_port) == 1
    assert f"port {used_port} is in use" in capsys.readouterr().out


def test_a_reachable_configured_server_is_ok_and_its_password_is_not_printed(
    used_port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"postgresql://me:hidden@{LOOPBACK}:{used_port}/service"
    (tmp_path / ".env").write_text(f"DATABASE_URL={url}\n")

    assert run_doctor(free_port()) == 0

    output = capsys.readouterr().out
    assert f"{LOOPBACK}:{used_port} is reachable" in output
    assert "hidden" not in output


def test_an_unreachable_configured_database_is_a_blocking_problem(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://me@{LOOPBACK}:{free_port()}/service")

    assert run_doctor(free_port()) == 1
    assert "remove DATABASE_URL" in capsys.readouterr().out


def test_unreachable_redis_is_not_blocking_because_it_is_optional(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://:hidden@{LOOPBACK}:{free_port()}/0")

    assert run_doctor(free_port()) == 0

    output = capsys.readouterr().out
    assert "is not reachable" in output
    assert "hidden" not in output


def test_a_configured_auth_service_requires_jwt_secret_key(
    used_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUTH_SERVICE_URL", f"http://{LOOPBACK}:{used_port}/api/v1/auth")

    assert run_doctor(free_port()) == 1
    assert "set JWT_SECRET_KEY" in capsys.readouterr().out


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hidden@127.0.0.1:{port}/service",
        "postgres://me:hidden@127.0.0.1:{port}",
        "postgresql:///service?host=127.0.0.1&port={port}&user=me&password=hidden",
        "postgresql://me:hidden@%2Fno%2Ffolder:{port},127.0.0.1:{port}/service",
        "postgresql://me:hidden@127.0.0.1:1,127.0.0.1:{port}/db?target_session_attrs=read-write",
        "postgresql://me:hidden@other/db?host=127.0.0.1&port={port}&channel_binding=require",
    ],
)
def test_every_form_of_a_database_url_is_understood(
    url: str, used_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", url.format(port=used_port))

    status = run_doctor(free_port())

    output = capsys.readouterr().out
    assert status == 0, output
    assert f"{LOOPBACK}:{used_port} is reachable" in output
    assert "hidden" not in output


def test_a_socket_of_a_database_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{folder}/.s.PGSQL.5432")
        server.listen()
        monkeypatch.setenv("DATABASE_URL", f"postgresql://me@/service?host={folder}")

        assert run_doctor(free_port()) == 0
        assert f"{folder}/.s.PGSQL.5432 is reachable" in capsys.readouterr().out

    assert run_doctor(free_port()) == 1
    assert f"{folder}/.s.PGSQL.5432 is not reachable" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DATABASE_URL", "mysql://me:hidden@localhost/db"),
        ("DATABASE_URL", "postgresql://me:hid/den@localhost/db"),
        ("DATABASE_URL", "postgresql://me:hidden@localhost/db?conect_timeout=hidden"),
        ("DATABASE_URL", "postgresql://me:hidden@localhost:1,other:2,third:hidden/db"),
        ("REDIS_URL", "http://:hidden@localhost"),
        ("RABBITMQ_URL", "amqp://"),
        ("AUTH_SERVICE_URL", "http://me:hidden@localhost:99999"),
    ],
)
def test_an_invalid_url_is_one_line_that_names_its_place(
    name: str, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text(f"# A comment.\n\n{name}={url}\n")

    assert run_doctor(free_port()) == 1

    output = capsys.readouterr().out
    lines = [line for line in output.splitlines() if f"{name}, .env line 3: " in line]
    assert len(lines) == 1
    assert "hidden" not in output
    assert "hid/den" not in output


@pytest.mark.parametrize(
    ("name", "url", "address"),
    [
        ("REDIS_URL", "rediss://localhost", "localhost:6379"),
        ("RABBITMQ_URL", "amqps://localhost", "localhost:5671"),
        ("AUTH_SERVICE_URL", "https://localhost/auth", "localhost:443"),
        ("AUTH_SERVICE_URL", "http://[::1]:1/auth", "[::1]:1"),
    ],
)
def test_the_default_port_is_that_of_the_scheme(name: str, url: str, address: str) -> None:
    assert [str(each) for each in find_addresses(name, url)] == [address]


def test_every_host_of_a_list_is_an_address() -> None:
    found = find_addresses("RABBITMQ_URL", "amqp://me:hidden@first:1,[::1],third/vhost")

    assert list(map(str, found)) == ["first:1", "[::1]:5672", "third:5672"]
    found = find_addresses("REDIS_URL", "redis+sentinel://:hidden@first:1,second/main")
    assert list(map(str, found)) == ["first:1", "second:26379"]
