from typing import Protocol

from app.models.${n.plural}.${n.singular} import New${n.camel}, ${n.camel}
from app.repositories.shared.record_repository import RecordRepository


class ${n.camel}Repository(RecordRepository[New${n.camel}, ${n.camel}], Protocol):
% if keys:
    """Stores ${n.words}.

    Raises ${",\n    ".join(key.error for key in keys)}.
    """
% else:
    """Stores ${n.words}."""
% endif
