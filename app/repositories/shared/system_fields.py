from typing import Any

from app.infrastructure.database.postgres_database import PostgresDatabase

# A table that is being renamed is a view for old processes, to which no sequence belongs.
RESERVE = """
    SELECT nextval(coalesce(pg_get_serial_sequence($1, 'id'), $1 || '_id_seq')) AS id,
           clock_timestamp() AS now
"""


async def new_system_fields(database: PostgresDatabase, table: str) -> dict[str, Any]:
    """Reserve the ID of a new record; return its system fields, with the database's time."""
    record = await database.peek(RESERVE, table)
    assert record is not None  # one row
    return {
        "id": record["id"],
        "created_at": record["now"],
        "updated_at": record["now"],
        "version": 1,
    }
