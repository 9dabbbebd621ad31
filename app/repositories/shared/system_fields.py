from typing import Any

from app.infrastructure.database.postgres_database import PostgresDatabase


async def new_system_fields(database: PostgresDatabase, table: str) -> dict[str, Any]:
    """Reserve the ID of a new record; return its system fields, with the database's time."""
    record = await database.peek(
        "SELECT nextval(pg_get_serial_sequence($1, 'id')) AS id, clock_timestamp() AS now", table
    )
    assert record is not None  # one row
    return {
        "id": record["id"],
        "created_at": record["now"],
        "updated_at": record["now"],
        "version": 1,
    }
