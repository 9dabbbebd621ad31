import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from devtools.processes import ServerError, command_line
from devtools.valkey import PrivateValkey


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateValkey]:
    with PrivateValkey(log=tmp_path_factory.mktemp("valkey") / "valkey.log") as valkey:
        yield valkey


def _set(server: PrivateValkey, **values: str) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.mset(dict(values))


def test_it_can_be_written_to_by_its_url(server: PrivateValkey) -> None:
    _set(server, greeting="hello")


def test_a_wrong_password_is_refused(server: PrivateValkey) -> None:
    wrong = server.url.replace(server.password, "a-guess")

    with redis.Redis.from_url(wrong) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_its_password_stands_in_no_command_line(server: PrivateValkey) -> None:
    assert server.password.encode() not in b" ".join(command_line(server.pid))


@pytest.mark.parametrize("way", ["stop", "kill"])
def test_it_starts_again_at_the_same_address(server: PrivateValkey, way: str) -> None:
    url = server.url

    getattr(server, way)()
    server.start()

    assert server.url == url
    _set(server, greeting="hello again")


def test_a_stopped_server_says_so(server: PrivateValkey) -> None:
    server.stop()
    try:
        with pytest.raises(ServerError, match="not running"):
            _ = server.pid
    finally:
        server.start()


def test_a_setting_that_it_does_not_know_is_named(tmp_path: Path) -> None:
    server = PrivateValkey(log=tmp_path / "valkey.log", settings=("no-such-setting yes",))

    with pytest.raises(ServerError, match="no-such-setting"):
        server.start()


def test_the_server_goes_with_a_killed_owner(tmp_path: Path) -> None:
    owner_code = f"""
        from pathlib import Path
        from devtools.valkey import PrivateValkey
        server = PrivateValkey(log=Path({str(tmp_path / "valkey.log")!r}))
        server.start()
        print(server.pid, flush=True)
        input()
    """
    with subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", textwrap.dedent(owner_code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as owner:
        assert owner.stdout
        pid = int(owner.stdout.readline())
        owner.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 10
    while command_line(pid) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert command_line(pid) == []
