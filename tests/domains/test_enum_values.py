"""The enums of the models have the values that the database accepts."""

import re
from collections.abc import Iterator
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import asyncpg

from tests.support.domain import Domain

CHECKS = """
    SELECT pg_get_constraintdef(pg_constraint.oid) AS definition
    FROM pg_constraint
    JOIN pg_attribute ON attrelid = conrelid AND conkey = ARRAY[attnum]
    WHERE contype = 'c' AND conrelid = $1::regclass AND attname = $2
"""


async def test_the_model_and_the_database_have_the_same_values(
    domain: Domain, migrated_url: str
) -> None:
    connection = await asyncpg.connect(migrated_url)
    for field, values in _enums(type(domain.make_new())):
        checks = [row["definition"] for row in await connection.fetch(CHECKS, domain.name, field)]
        accepted = {value for check in checks for value in re.findall(r"'((?:[^']|'')*)'", check)}
        assert accepted == set(values), (
            f"{field} of {domain.name} is one of {sorted(values)} in the model, but the database"
            f" accepts {sorted(accepted) or 'any text'}: write a migration that drops the CHECK"
            f" constraint of {domain.name}.{field} and adds one with the values of the model"
        )
    await connection.close()


def _enums(model: type[Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for field, hint in get_type_hints(model).items():
        kinds = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
        for kind in kinds:
            if get_origin(kind) is Literal and isinstance(get_args(kind)[0], str):
                yield field, get_args(kind)
