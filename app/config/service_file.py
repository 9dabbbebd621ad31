"""Connection services of libpq, checked: asyncpg would connect to another server instead.

Source: https://www.postgresql.org/docs/current/libpq-pgservice.html
"""

import configparser
import os
from collections.abc import Mapping
from pathlib import Path

# asyncpg has no public way to read a DSN without connecting.
from asyncpg.compat import get_pg_home_directory
from asyncpg.connect_utils import PG_SERVICEFILE


def require_service(parameters: Mapping[str, str]) -> None:
    """Raise ValueError if the service that the URL names is not defined where asyncpg looks."""
    name = parameters.get("service")
    if name is None:
        return
    file = _service_file()
    services = configparser.ConfigParser()
    try:
        found = services.read(file, encoding="utf-8")
        is_defined = services.has_section(name) and bool(services.items(name))
    except (configparser.Error, UnicodeError):
        # Their messages show lines of the file, which may hold a password.
        raise ValueError(f"the service file {file} is not valid") from None
    except OSError as error:
        raise ValueError(f"the service file {file} cannot be read: {error.strerror}") from None
    if not found:
        raise ValueError(f"names a service, but there is no service file {file}")
    if not is_defined:
        raise ValueError(f"names a service that is not defined in {file}")


def _service_file() -> Path:
    named, home = os.environ.get("PGSERVICEFILE"), get_pg_home_directory()
    if named is not None:
        return Path(named)
    if home is None:
        raise ValueError("names a service, and the user has no home directory: set PGSERVICEFILE")
    return home / PG_SERVICEFILE
