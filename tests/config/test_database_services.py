"""Service files and variables of libpq beside DATABASE_URL: used, or refused with a reason."""

import re
from pathlib import Path

import pytest

from app.config.database_url import parse_database_url
from tests.support.asyncpg_target import target_of

SECRET = "a-password-that-no-message-shows"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGPASSWORD", "PGSSLMODE", "PGSSLROOTCERT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


SERVICES = f"[shop]\nhost=h\nuser=u\npassword={SECRET}\n"


@pytest.mark.parametrize(
    ("name", "services", "reason"),
    [
        ("shop", None, "names a service, but there is no service file "),
        ("other", SERVICES, "names a service that is not defined in "),
        ("shop", SERVICES + f"{SECRET}\n", "is not valid"),
        ("shop", SERVICES + f"dbname={SECRET}%\n", "is not valid"),
        ("shop", SERVICES + SERVICES, "is not valid"),
        ("shop", SERVICES + "dbname=\udcff", "is not valid"),
        ("shop", SERVICES + "port=many\n", "is not a connection URI that libpq accepts"),
    ],
)
def test_a_service_that_asyncpg_would_pass_over_is_refused(
    name: str,
    services: str | None,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    file = tmp_path / "services"
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    if services is not None:
        file.write_text(services, errors="surrogateescape")

    with pytest.raises(ValueError, match=re.escape(reason)) as refusal:
        parse_database_url(f"postgresql://?service={name}")

    assert SECRET not in str(refusal.value)


def test_a_service_without_a_place_for_its_file_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PGSERVICEFILE", raising=False)
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.getuid", lambda: 4_000_000)

    with pytest.raises(ValueError, match="set PGSERVICEFILE"):
        parse_database_url("postgresql://u@h/db?service=shop")


@pytest.mark.parametrize("variable", ["PGSERVICEFILE", "HOME"])
def test_a_defined_service_is_used(
    variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / ".pg_service.conf"
    file.write_text(SERVICES)
    monkeypatch.setenv(variable, str(file if variable == "PGSERVICEFILE" else tmp_path))

    addresses, target = target_of(parse_database_url("postgresql:///db?service=shop"))

    assert (addresses, target.user, target.password) == ([("h", 5432)], "u", SECRET)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *(("PGSSLMODE", "none"), ("PGPORT", "many"), ("PGTARGETSESSIONATTRS", "master")),
        *(("PGSSLMINPROTOCOLVERSION", "SSL"), ("PGSSLNEGOTIATION", "later")),
    ],
)
def test_a_wrong_variable_is_named_beside_the_url(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(ValueError, match=f"or a variable is wrong: {variable}$"):
        parse_database_url("postgresql://u@h/db")


def test_a_certificate_of_a_variable_that_does_not_exist_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", "/none")

    with pytest.raises(ValueError, match=r"a file of sslcert.* cannot be read"):
        parse_database_url("postgresql://u@h/db")
