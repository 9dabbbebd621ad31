"""Every form of a connection URI that libpq documents, and what is wrong with the others."""

import re
from pathlib import Path

import asyncpg
import pytest

from app.config.connection_uri import IGNORED, USED
from app.config.database_url import parse_database_url
from tests.support.asyncpg_target import target_of

SECRET = "a-password-that-no-message-shows"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGPASSWORD", "PGSSLMODE", "PGSSLROOTCERT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PGUSER", "me")
    monkeypatch.setenv("HOME", str(tmp_path))


SOCKET = "/var/run/postgresql/.s.PGSQL.5432"


@pytest.mark.parametrize(
    ("url", "addresses", "user", "password", "database"),
    [
        ("postgresql://localhost", [("localhost", 5432)], "me", None, "me"),
        ("postgres://localhost:5433", [("localhost", 5433)], "me", None, "me"),
        ("postgresql://localhost/mydb", [("localhost", 5432)], "me", None, "mydb"),
        ("postgresql://user@localhost", [("localhost", 5432)], "user", None, "user"),
        ("postgresql://user:secret@localhost", [("localhost", 5432)], "user", "secret", "user"),
        (
            "postgresql://other@localhost/otherdb?connect_timeout=10&application_name=myapp",
            [("localhost", 5432)],
            *("other", None, "otherdb"),
        ),
        (
            "postgresql://host1:123,host2:456/somedb?target_session_attrs=any&application_name=a",
            [("host1", 123), ("host2", 456)],
            *("me", None, "somedb"),
        ),
        (
            "postgresql://h1,h2:5433/db?target_session_attrs=read-write",
            [("h1", 5432), ("h2", 5433)],
            *("me", None, "db"),
        ),
        ("postgresql://h1,h2?port=6432", [("h1", 6432), ("h2", 6432)], "me", None, "me"),
        (
            "postgresql://user@localhost:5433/mydb?options=-c%20synchronous_commit%3Doff",
            [("localhost", 5433)],
            *("user", None, "mydb"),
        ),
        (
            "postgresql:///mydb?host=localhost&port=5433",
            [("localhost", 5433)],
            *("me", None, "mydb"),
        ),
        (
            "postgresql://[2001:db8::1234]/database",
            [("2001:db8::1234", 5432)],
            "me",
            None,
            "database",
        ),
        ("postgresql://[::1]:5433,[::2]/d", [("::1", 5433), ("::2", 5432)], "me", None, "d"),
        ("postgresql:///d?host=::1,h2&port=1,2", [("::1", 1), ("h2", 2)], "me", None, "d"),
        (
            "postgresql:///dbname?host=/var/lib/postgresql",
            ["/var/lib/postgresql/.s.PGSQL.5432"],
            *("me", None, "dbname"),
        ),
        (
            "postgresql://%2Fvar%2Flib%2Fpostgresql:6432/dbname",
            ["/var/lib/postgresql/.s.PGSQL.6432"],
            *("me", None, "dbname"),
        ),
        ("postgresql://u:p@/db?host=/var/run/postgresql", [SOCKET], "u", "p", "db"),
        ("postgresql://u@ignored:1/db?host=h&port=2", [("h", 2)], "u", None, "db"),
        ("postgresql:///db?hostaddr=10.0.0.1", [("10.0.0.1", 5432)], "me", None, "db"),
        ("postgresql://h?dbname=d&user=u&password=p%20%2B+", [("h", 5432)], "u", "p ++", "d"),
        ("postgresql://h?database=d", [("h", 5432)], "me", None, "d"),
        ("postgresql://u%40x:%3A%2f%25@h/a%2Fb", [("h", 5432)], "u@x", ":/%", "a/b"),
        ("postgresql://u:p#?[]+@h/db", [("h", 5432)], "u", "p#?[]+", "db"),
        ("postgresql://u:@h/db?sslmode=&", [("h", 5432)], "u", None, "db"),
    ],
)
def test_a_documented_form_is_read_as_libpq_reads_it(
    url: str, addresses: list[object], user: str, password: str | None, database: str
) -> None:
    read = parse_database_url(url)

    found, target = target_of(read)
    assert found == addresses
    assert (target.user, target.password, target.database) == (user, password, database)
    assert (read.user, read.database) == (user, database)


@pytest.mark.parametrize("url", ["postgresql://", "postgresql:///mydb", "postgresql://me@/mydb"])
def test_without_a_host_local_sockets_are_tried_first(url: str) -> None:
    addresses, _ = target_of(parse_database_url(url))

    assert SOCKET in addresses


@pytest.mark.parametrize("name", sorted(IGNORED - {"hostaddr"}))
def test_a_parameter_without_a_use_is_ignored_and_named(name: str) -> None:
    read = parse_database_url(f"postgresql://h/db?{name}=prefer")

    assert read.ignored == (name,)
    assert name not in read.arguments["dsn"]


def test_hostaddr_beside_a_host_is_ignored_and_named() -> None:
    assert parse_database_url("postgresql://h/db?hostaddr=10.0.0.1").ignored == ("hostaddr",)


def test_what_reaches_the_server_are_its_own_settings() -> None:
    url = "postgresql://h/db?application_name=mine&options=-c%20search_path%3Dshop&keepalives=1"
    _, target = target_of(parse_database_url(url))

    assert target.server_settings == {"application_name": "mine", "options": "-c search_path=shop"}
    assert USED.isdisjoint(IGNORED)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("host=localhost port=5432 dbname=mydb", "must be a URL"),
        ("mysql://h/db", "must be a URL"),
        ("postgresql+asyncpg://h/db", "must be a URL"),
        ("", "must be a URL"),
        ("postgresql://h/db?schema=public", "unknown parameter schema"),
        ("postgresql://h/db?ssl=maybe", "unknown parameter ssl"),
        ("postgresql://h/db?sslmode", "unknown parameter sslmode"),
        (f"postgresql://h/db?%20{SECRET}%20=1", "unknown parameter that is not shown here"),
        ("postgresql://h/db?sslmode=no-verify", "sslmode must be one of: disable, "),
        ("postgresql://h/db?target_session_attrs=master", "target_session_attrs must be one of: "),
        ("postgresql://h/db?gssencmode=require", "gssencmode=require is not supported"),
        ("postgresql://h/db?sslmode=verify-full", "root certificate file "),
        ("postgresql://h/db?sslmode=verify-ca&sslrootcert=/none", "/none"),
        ("postgresql://h/db?sslmode=require&sslcert=/none", "sslcert /none"),
        ("postgresql://h/db?sslmode=verify-full&sslrootcert={file}", "is not valid"),
        ("postgresql://h/db?sslmode=verify-ca&sslrootcert=system", "requires sslmode=verify-full"),
        ("postgresql://h/db?sslnegotiation=direct", "direct TLS requires"),
        ("postgresql://h/db?ssl_min_protocol_version=SSLv3", "is not a connection URI"),
        ("postgresql://h:99999/db", "a port must be"),
        ("postgresql://h:0/db", "a port must be"),
        ("postgresql://h:five/db", "the host is not valid"),
        ("postgresql://h/db?port=five", "is not a connection URI"),
        ("postgresql://h1,h2,h3?port=1,2", "could not match 2 port numbers to 3 hosts"),
        (f"postgresql://me:{SECRET}/x@h/db", "the host is not valid"),
        (f"postgresql://me:{SECRET}%zz@h/db", "a % must be followed"),
        (f"postgresql://me:{SECRET}%00@h/db", "a % must be followed"),
        ("postgresql://::1/db", "the host is not valid"),
        ("postgresql://[::1/db", "the host is not valid"),
    ],
)
def test_anything_else_is_refused_with_a_reason_on_one_line(
    url: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a certificate")

    with pytest.raises(ValueError, match=re.escape(reason)) as refusal:
        parse_database_url(url.replace("{file}", str(tmp_path / "file")))

    message = str(refusal.value)
    assert "\n" not in message
    assert SECRET not in message


def test_jdbc_spelling_and_the_system_certificates_require_tls() -> None:
    jdbc = parse_database_url("postgresql://h/db?ssl=true")
    system = parse_database_url("postgresql://h/db?sslrootcert=system")

    assert "sslmode=require" in jdbc.arguments["dsn"]
    assert "sslmode=verify-full" in system.arguments["dsn"]
    assert system.arguments["ssl"].check_hostname


def test_a_process_without_a_user_name_is_told_to_name_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PGUSER", "LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 4_000_000)

    with pytest.raises(ValueError, match="names no user"):
        parse_database_url("postgresql://h/db")
    assert parse_database_url("postgresql://me@h/db").user == "me"


def test_a_password_is_in_no_representation() -> None:
    assert SECRET not in repr(parse_database_url(f"postgresql://me:{SECRET}@h/db"))


async def test_the_url_of_a_real_server_is_used(database_url: str) -> None:
    connection = await asyncpg.connect(**parse_database_url(database_url).arguments)

    assert await connection.fetchval("SELECT current_database()") == "service"
    await connection.close()
