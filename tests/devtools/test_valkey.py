"""The private Valkey server is protected, restarts and stops with its parent."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from devtools.processes import ServerError, command_line_of
from devtools.valkey import PrivateValkey


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateValkey]:
    with PrivateValkey(log=tmp_path_factory.mktemp("valkey") / "valkey.log") as valkey:
        yield valkey


def _set(server: PrivateValkey, **values: str) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.mset(dict(values))


def test_a_client_can_write_through_the_url(server: PrivateValkey) -> None:
    _set(server, greeting="hello")


def test_a_wrong_password_is_rejected(server: PrivateValkey) -> None:
    wrong = server.url.replace(server.password, "a-guess")

    with redis.Redis.from_url(wrong) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_the_password_is_not_in_the_command_line(server: PrivateValkey) -> None:
    assert server.password.encode() not in b" ".join(command_line_of(server.pid))


@pytest.mark.parametrize("method", ["stop", "kill"])
def test_a_restart_keeps_the_url(server: PrivateValkey, method: str) -> None:
    url = server.url

    getattr(server, method)()
    server.start()

    assert server.url == url
    _set(server, greeting="hello again")


def test_the_pid_of_a_stopped_server_raises_an_error(server: PrivateValkey) -> None:
    server.stop()
    try:
        with pytest.raises(ServerError, match="not running"):
            _ = server.pid
    finally:
        server.start()


def test_an_unknown_setting_is_named_in_the_error(tmp_path: Path) -> None:
    server = PrivateValkey(log=tmp_path / "valkey.log", settings=("no-such-setting yes",))

    with pytest.raises(ServerError, match="no-such-setting"):
        server.start()


def test_the_server_stops_with_a_killed_parent(
    tmp_path: Path, start_and_kill_parent: Callable[[str], list[int]]
) -> None:
    pids = start_and_kill_parent(f"""
        from pathlib import Path
        from devtools.valkey import PrivateValkey
        server = PrivateValkey(log=Path({str(tmp_path / "valkey.log")!r}))
        server.start()
        print(server.pid, flush=True)
        input()
    """)

    assert [command_line_of(pid) for pid in pids] == [[]]
