from typing import Any

from app.exceptions.${n.plural}.${n.singular}_exceptions import (
    ${n.camel}NotFoundError,
% for key in keys:
    ${key.error},
% endfor
)
from app.models.${n.plural}.${n.singular} import New${n.camel}, ${n.camel}
from tests.support.in_memory_repository import InMemoryRepository


class InMemory${n.camel}Repository(InMemoryRepository[New${n.camel}, ${n.camel}]):
    def __init__(self${"".join(f", {target}: InMemoryRepository[Any, Any]" for target in targets)}) -> None:
        super().__init__(
            ${n.camel},
            not_found=${n.camel}NotFoundError,
% if searched:
            searched=(${", ".join(f'"{f.name}"' for f in searched)}${"," if len(searched) == 1 else ""}),
% endif
% if keys:
            unique={${", ".join(f"{key.literal}: {key.error}" for key in keys)}},
% endif
% if references:
            table="${n.plural}",
            references={${", ".join(f'"{f.name}": {f.target}' for f in references)}},
% endif
        )
