"""DATABASE_URL, checked before the first connection."""

import os
import ssl
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

# asyncpg has no public way to read a DSN without connecting.
from asyncpg.connect_utils import _parse_connect_dsn_and_args  # type: ignore[attr-defined]
from asyncpg.exceptions import ClientConfigurationError
from pydantic import AfterValidator, SecretStr

from app.config.connection_uri import IGNORED, TLS_FILES, read_parameters
from app.config.service_file import require_service

MAX_PORT = 65535
# What else asyncpg reads and may refuse.
_VARIABLES = {
    *("PGPORT", "PGSSLMODE", "PGSSLNEGOTIATION", "PGTARGETSESSIONATTRS", "PGGSSLIB"),
    *("PGSSLMINPROTOCOLVERSION", "PGSSLMAXPROTOCOLVERSION", "PGSERVICEFILE"),
}

# How a connection pooler, if any, assigns its server connections.
Pooling = Literal["session", "transaction"]


@dataclass(frozen=True, kw_only=True)
class DatabaseUrl:
    """`arguments` are for asyncpg; they hold the password."""

    arguments: dict[str, Any] = field(repr=False)
    user: str
    database: str
    server_settings: dict[str, str]
    ignored: tuple[str, ...]


def parse_database_url(url: str) -> DatabaseUrl:
    """Read a URL; raises ValueError, whose message shows no value but the path of a file."""
    parameters = read_parameters(url)
    ignored = tuple(sorted(parameters.keys() & IGNORED))
    if parameters.get("gssencmode") == "require":
        raise ValueError("gssencmode=require is not supported; use sslmode")
    used = {name: value for name, value in parameters.items() if name not in IGNORED}
    context = _system_certificates(used)
    for name in used.keys() & set(TLS_FILES):
        if not os.access(used[name], os.R_OK):
            raise ValueError(f"{name} {used[name]} does not exist or cannot be read")
    require_service(used)
    dsn = f"postgresql://?{urlencode(used, quote_via=quote)}" if used else "postgresql://"
    arguments = {"dsn": dsn, "ssl": context}
    target = _parse_as_asyncpg(arguments)
    return DatabaseUrl(
        arguments=arguments,
        user=target.user,
        database=target.database,
        server_settings=target.server_settings or {},
        ignored=ignored,
    )


def _system_certificates(parameters: dict[str, str]) -> ssl.SSLContext | None:
    """Implement `sslrootcert=system`, which asyncpg would take for a file."""
    if parameters.get("sslrootcert") != "system":
        return None
    if parameters.setdefault("sslmode", "verify-full") != "verify-full":
        raise ValueError("sslrootcert=system requires sslmode=verify-full")
    del parameters["sslrootcert"]
    return ssl.create_default_context()


def _parse_as_asyncpg(arguments: dict[str, Any]) -> Any:  # noqa: ANN401 - asyncpg's private tuple
    unset = dict.fromkeys(
        (
            *("host", "port", "user", "password", "passfile", "database", "service"),
            *("servicefile", "direct_tls", "server_settings", "target_session_attrs"),
            *("krbsrvname", "gsslib"),
        )
    )
    try:
        addresses, target = _parse_connect_dsn_and_args(**unset, **arguments)
    except ssl.SSLError:
        raise ValueError(f"a file of {', '.join(TLS_FILES)} is not valid") from None
    except OSError as error:
        # OpenSSL names no file.
        file = error.filename or f"a file of {', '.join(TLS_FILES)}"
        raise ValueError(f"{file} cannot be read") from None
    except (ClientConfigurationError, ValueError) as error:
        raise ValueError(_safe_reason(error)) from None
    except KeyError:
        raise ValueError("names no user, and the user of this process has no name") from None
    ports = (address[1] for address in addresses if isinstance(address, tuple))
    if not all(0 < port <= MAX_PORT for port in ports):
        raise ValueError("a port must be a number from 1 to 65535")
    return target


def _safe_reason(error: Exception) -> str:
    """Repeat only those of asyncpg's messages that show no more than a path or numbers."""
    message = str(error).partition("\n")[0]
    if message.startswith(("root certificate file", "could not match", "direct TLS requires")):
        return message
    variables = sorted(_VARIABLES & os.environ.keys())
    others = f", or a variable is wrong: {', '.join(variables)}" if variables else ""
    return f"is not a connection URI that libpq accepts{others}"


def _check(value: SecretStr) -> SecretStr:
    parse_database_url(value.get_secret_value())
    return value


PostgresUrl = Annotated[SecretStr, AfterValidator(_check)]
