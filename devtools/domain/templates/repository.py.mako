from typing import Protocol

from app.models.${n.plural}.${n.singular} import New${n.camel}, ${n.camel}
from app.repositories.shared.record_repository import RecordRepository


class ${n.camel}Repository(RecordRepository[New${n.camel}, ${n.camel}], Protocol):
% if unique:
    """Stores ${n.words}.

    Raises ${",\n    ".join(f"{f.alias}TakenError" for f in unique)}.
    """
% else:
    """Stores ${n.words}."""
% endif
