"""Combine the change of a record and the rows that belong to it into one SQL statement."""

import re
from functools import lru_cache

_PARAMETER = re.compile(r"\$([0-9]+)")


@lru_cache(maxsize=1000)
def combine(change: str | None, inserts: tuple[tuple[str, int], ...]) -> str:
    """Return one statement whose result is the number of changed records, or 1 without `change`.

    `change` is an INSERT, UPDATE or DELETE. Each of `inserts` is an `INSERT … SELECT $1, $2, …`
    with its number of rows, which are inserted in their order, and only if the change found its
    record. The parameters are those of the change, then of each row.
    """
    count, parts = 0, []
    if change:
        count = _count_parameters(change)
        parts.append(f"change AS ({change} RETURNING 1)")
    condition = "WHERE EXISTS (SELECT FROM change)" if change else ""
    for number, (sql, rows) in enumerate(inserts):
        insert, select = sql.split("SELECT", maxsplit=1)
        per_row = _count_parameters(select)
        selects = (
            f"SELECT {_renumber(select, count + row * per_row)} {condition}" for row in range(rows)
        )
        # UNION ALL, because the order of several statements in WITH is not defined.
        parts.append(f"rows_{number} AS ({insert} {' UNION ALL '.join(selects)})")
        count += rows * per_row
    result = "count(*) FROM change" if change else "1"
    return f"WITH {', '.join(parts)} SELECT {result}"


def _count_parameters(sql: str) -> int:
    return max(map(int, _PARAMETER.findall(sql)), default=0)


def _renumber(sql: str, count: int) -> str:
    return _PARAMETER.sub(lambda match: f"${int(match[1]) + count}", sql)
