"""Names of keys and channels. All begin with SERVICE_NAME, to which a Redis user can be limited."""

from urllib.parse import quote

from app.config.settings import Settings
from app.config.url_rules import path_of, query_of


def namespace(settings: Settings) -> str:
    """Name the database only: several URLs may lead to it.

    Braces: a Redis Cluster keeps keys on one node if the text between them is equal.
    """
    name = quote(database_name(settings), safe="")
    return f"{settings.service_name}:{{{name or 'default'}}}"


def common_prefix(settings: Settings) -> str:
    """Return the prefix of keys that do not depend on the database.

    In a cluster they must be on the same node as the others. Elsewhere the prefix must stay:
    during a deployment, older versions use the same keys.
    """
    url = settings.redis_url.get_secret_value() if settings.redis_url else ""
    return namespace(settings) if "+cluster://" in url else settings.service_name


def database_name(settings: Settings) -> str:
    url = settings.database_url.get_secret_value()
    query = query_of(url)
    return query.get("dbname") or query.get("database") or path_of(url)
