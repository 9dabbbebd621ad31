from uuid import UUID

from app.exceptions.base import ConflictError, NotFoundError


class ${n.camel}NotFoundError(NotFoundError):
    code = "${n.singular}_not_found"

    def __init__(self, ${n.singular}_id: int) -> None:
        super().__init__(f"${n.word.capitalize()} with ID {${n.singular}_id}" " not found")
% for field in unique:


class ${field.alias}TakenError(ConflictError):
    code = "${field.name}_taken"

    def __init__(self, ${field.name}: ${field.python}${field.or_none}) -> None:
        super().__init__(f"${field.words} {${field.name}}" " belongs to another ${n.word}")
% endfor
