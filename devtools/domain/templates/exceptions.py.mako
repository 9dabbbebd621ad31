from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

from app.exceptions.base import ConflictError, NotFoundError


class ${n.camel}NotFoundError(NotFoundError):
    code = "${n.singular}_not_found"

    def __init__(self, ${n.singular}_id: int) -> None:
        super().__init__(f"${n.word.capitalize()} with ID {${n.singular}_id}" " not found")
% for key in keys:


class ${key.error}(ConflictError):
    code = "${key.what}_taken"

    def __init__(self, ${"*, " if len(key.fields) > 1 else ""}${", ".join(f"{f.name}: {f.plain_python}{f.or_none}" for f in key.fields)}) -> None:
        super().__init__(
% for part in key.message:
            f"${part}"
% endfor
            " ${n.word}"
        )
% endfor
