"""The servers and parameters that asyncpg reads from a connection URI."""

from typing import Any

from asyncpg.connect_utils import _parse_connect_dsn_and_args  # type: ignore[attr-defined]

from app.config.database_url import DatabaseUrl


def target_of(url: DatabaseUrl) -> tuple[list[object], Any]:
    """Return what asyncpg makes of it: its addresses and its other parameters."""
    names = "host port user password passfile database service servicefile direct_tls"
    names += " server_settings target_session_attrs krbsrvname gsslib"
    addresses, target = _parse_connect_dsn_and_args(**dict.fromkeys(names.split()), **url.arguments)
    return addresses, target
