"""Rights of the service's database role on `audit_log`."""

import asyncpg

from app.config.database_url import parse_database_url
from app.config.settings import Settings
from app.infrastructure.database.migration import migration_target
from app.infrastructure.database.pool import connect

_MAY_CHANGE = """
    SELECT has_table_privilege($1, 'audit_log', 'UPDATE, DELETE, TRUNCATE')
"""


async def find_changing_role(settings: Settings) -> str | None:
    """Return the role of the service if it may change audit rows, although another one migrates.

    None where one role does both, as on a developer's machine.
    """
    if settings.migrate_database_url is None:
        return None
    role = parse_database_url(settings.database_url.get_secret_value()).user
    dsn, pooling = migration_target(settings)
    connection = await connect(dsn, pooling=pooling)
    try:
        may_change = await connection.fetchval(_MAY_CHANGE, role)
    except asyncpg.UndefinedObjectError:
        # The role of a pooler, which the server does not know.
        return None
    finally:
        await connection.close()
    return role if may_change else None
