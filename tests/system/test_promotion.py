"""PostgreSQL with a standby that fails, or is promoted: the service follows without a restart."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from devtools.processes import ServerError
from tests.support.database import migrate_all
from tests.support.settings_and_clients import Tokens, make_client, make_settings, running_app
from tests.support.standby import demote, make_standby
from tests.support.traffic import (
    WIDGETS,
    make_widget_body,
    require_unavailable,
    uncached_list_url,
)
from tests.support.waiting import eventually

DATABASE = "service"


@dataclass(frozen=True)
class Pair:
    """A primary that confirms what its standby has stored."""

    primary: PrivatePostgres
    primary_directory: Path
    standby: PrivatePostgres

    @property
    def url(self) -> str:
        """Both hosts, the primary first; the one that accepts writes is used."""
        ports = [urlsplit(server.url).port for server in (self.primary, self.standby)]
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        url = self.primary.database_url(DATABASE).replace(f"127.0.0.1:{ports[0]}", hosts)
        return f"{url}?target_session_attrs=read-write"

    def names_on(self, server: PrivatePostgres) -> set[str]:
        return set(server.query("SELECT name FROM widgets", database=DATABASE).splitlines())


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    own, copy = tmp_path_factory.mktemp("primary"), tmp_path_factory.mktemp("pair") / "standby"
    with PrivatePostgres(data_directory=own, durable=False) as primary:
        asyncio.run(migrate_all(primary.create_database(DATABASE)))
        make_standby(primary, primary_directory=own, directory=copy)
        with PrivatePostgres(data_directory=copy, durable=False) as standby:
            primary.query("ALTER SYSTEM SET synchronous_standby_names = '*'")
            # The settings of the test server confirm before anything is stored.
            primary.query(f"ALTER DATABASE {DATABASE} SET synchronous_commit = remote_apply")
            primary.query("SELECT pg_reload_conf()")
            yield Pair(primary, own, standby)


async def test_writes_are_refused_while_the_standby_is_away_and_none_is_lost(
    pair: Pair, auth_service: PrivateAuthService, tokens: Tokens, tmp_path: Path
) -> None:
    """The first of both tests: the other one promotes the standby."""
    settings = make_settings(pair.url, auth_service.url, tmp_path)
    async with running_app(settings) as app, make_client(app, tokens.admin) as admin:

        async def add(name: str) -> httpx.Response:
            return await admin.post(WIDGETS, json=make_widget_body(name))

        async def is_writable() -> bool:
            return (await add("after")).status_code == 201

        assert (await add("before")).status_code == 201
        pair.standby.kill()
        refused = await add("unknown")
        require_unavailable(refused)
        assert refused.json()["code"] == "database_unavailable"
        assert (await admin.get(uncached_list_url())).status_code == 200
        assert (await admin.get("/health/ready")).status_code == 200
        pair.standby.start()
        await eventually(is_writable)
    # The outcome of the refused write was unknown: the primary had stored it.
    assert (
        pair.names_on(pair.primary)
        == pair.names_on(pair.standby)
        == {
            "before",
            "unknown",
            "after",
        }
    )


async def test_a_promotion_is_followed_and_a_demoted_server_takes_no_write(
    pair: Pair, auth_service: PrivateAuthService, tokens: Tokens, tmp_path: Path
) -> None:
    settings = make_settings(pair.url, auth_service.url, tmp_path)
    acknowledged = pair.names_on(pair.primary)
    async with running_app(settings) as app, make_client(app, tokens.admin) as admin:

        async def add() -> int:
            name = f"widget {len(acknowledged)}"
            response = await admin.post(WIDGETS, json=make_widget_body(name))
            if response.status_code == 201:
                acknowledged.add(name)
            return response.status_code

        async def is_writable() -> bool:
            return await add() == 201

        async def is_not_ready() -> bool:
            return (await admin.get("/health/ready")).status_code == 503

        for _ in range(20):
            assert await is_writable()
        pair.primary.kill()
        assert await add() == 503
        await eventually(is_not_ready)
        pair.standby.query("SELECT pg_promote()")
        await eventually(is_writable)
        assert acknowledged <= pair.names_on(pair.standby)

        demote(pair.primary_directory)
        pair.primary.start()
        with pytest.raises(ServerError, match="read-only"):
            pair.primary.query("DELETE FROM widgets", database=DATABASE)
        for _ in range(20):
            assert await is_writable()
        # A process that starts now finds the demoted server first in its list.
        async with running_app(settings) as later, make_client(later, tokens.admin) as client:
            await _require_writable(client, acknowledged)
    assert acknowledged == pair.names_on(pair.standby)
    assert len(pair.names_on(pair.primary)) < len(acknowledged)


async def _require_writable(client: httpx.AsyncClient, acknowledged: set[str]) -> None:
    response = await client.post(WIDGETS, json=make_widget_body("later"))
    assert response.status_code == 201
    acknowledged.add("later")
