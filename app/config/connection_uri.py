"""PostgreSQL connection URIs, as libpq reads them.

Source: https://www.postgresql.org/docs/current/libpq-connect.html
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

_URL = re.compile(
    r"(?i:postgres(?:ql)?)://"
    r"(?:(?P<user>[^:@/]*)(?::(?P<password>[^@/]*))?@)?"
    r"(?P<hosts>[^/?]*)(?:/(?P<dbname>[^?]*))?(?:\?(?P<query>.*))?",
    re.DOTALL,
)
_HOST = re.compile(r"(?P<address>\[[^\]]+\]|[^:\[\]]*)(?::(?P<port>\d*))?")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")
_SAFE_NAME = re.compile(r"[\w.-]{1,40}")
DEFAULT_PORT = "5432"

# The rest of what asyncpg reads from a DSN, and what the server is told.
_CONNECTION = {"host", "port", "dbname", "user", "password", "passfile", "service"}
TLS_FILES = ("sslcert", "sslkey", "sslrootcert", "sslcrl")
_TLS = {
    *(*TLS_FILES, "sslpassword", "sslnegotiation"),
    *("ssl_min_protocol_version", "ssl_max_protocol_version"),
}
_OTHER = {"krbsrvname", "gsslib", "application_name", "options"}
_CHOICES = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "target_session_attrs": (
        *("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
    ),
}
USED = _CONNECTION | _TLS | _OTHER | set(_CHOICES)
IGNORED = {
    *("authtype", "channel_binding", "client_encoding", "connect_timeout"),
    *("fallback_application_name", "gssdelegation", "gssencmode", "hostaddr"),
    *("keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval"),
    *("load_balance_hosts", "max_protocol_version", "min_protocol_version"),
    *("oauth_client_id", "oauth_client_secret", "oauth_issuer", "oauth_scope"),
    *("replication", "require_auth", "requirepeer", "requiressl"),
    *("scram_client_key", "scram_server_key", "servicefile", "sslcertmode", "sslcompression"),
    *("sslcrldir", "sslkeylogfile", "sslsni", "tcp_user_timeout", "tty"),
}


def read_parameters(url: str) -> dict[str, str]:
    """Read the parameters of a URI, in libpq's names; those after the `?` win.

    Raises ValueError, whose message contains no value.
    """
    parts = _URL.fullmatch(url)
    if parts is None:
        raise ValueError("must be a URL that starts with postgresql:// or postgres://")
    if _BAD_PERCENT.search(url):
        raise ValueError("a % must be followed by two hexadecimal digits; write % itself as %25")
    read = {name: unquote(parts[name] or "") for name in ("user", "password", "dbname")}
    read |= _read_hosts(parts["hosts"])
    for name, value in _read_query(parts["query"] or ""):
        read[name] = value
    if "hostaddr" in read and not read.get("host"):
        read["host"] = read.pop("hostaddr")
    return {name: value for name, value in read.items() if value}


def _read_hosts(text: str) -> dict[str, str]:
    hosts, ports = [], []
    for part in text.split(","):
        host = _HOST.fullmatch(part)
        if host is None:
            raise ValueError(
                "the host is not valid; write : / @ and ? in the user or the password as %3A %2F"
                " %40 and %3F, and an IPv6 address in brackets"
            )
        hosts.append(unquote(host["address"]))
        ports.append(host["port"] or "")
    if len(hosts) > 1:
        hosts = [host or "localhost" for host in hosts]
    if any(ports):
        ports = [port or DEFAULT_PORT for port in ports]
    return {"host": ",".join(hosts), "port": ",".join(filter(None, ports))}


def _read_query(query: str) -> Iterator[tuple[str, str]]:
    for pair in filter(None, query.split("&")):
        name, equals, value = pair.partition("=")
        name, value = _translate_alias(unquote(name), unquote(value))
        if not equals or name not in USED | IGNORED:
            shown = name if _SAFE_NAME.fullmatch(name) else "that is not shown here"
            raise ValueError(
                f"unknown parameter {shown}; set a server setting by options=-c%20name%3Dvalue"
            )
        choices = _CHOICES.get(name)
        if choices and value and value not in choices:
            raise ValueError(f"{name} must be one of: {', '.join(choices)}")
        yield name, _bracket_addresses(value) if name == "host" else value


def _translate_alias(name: str, value: str) -> tuple[str, str]:
    """Translate what libpq accepts for JDBC's sake, and asyncpg's name for `dbname`."""
    if (name, value) == ("ssl", "true"):
        return "sslmode", "require"
    return ("dbname" if name == "database" else name), value


def _bracket_addresses(hosts: str) -> str:
    """Write IPv6 addresses as asyncpg reads them; libpq's `host` has no brackets."""
    return ",".join(
        f"[{host}]" if host.count(":") > 1 and host[0] not in "/[" else host
        for host in hosts.split(",")
    )
