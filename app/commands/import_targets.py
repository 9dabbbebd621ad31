"""Resources that can be imported; each has the name of its table."""

import re
from dataclasses import dataclass, make_dataclass

from pydantic import BaseModel

from app.models.products.product_events import PRODUCT_IMPORT
from app.models.shared.imported_changes import ImportedChanges, RecordedAs
from app.schemas.products.product_schemas import ProductCreate


@dataclass(frozen=True, kw_only=True)
class ImportTarget:
    """Resource that can be imported; `key` is the unique column that identifies a row.

    `changes` declares the audit actions and events; without it, changes are audited as
    CREATE_… and UPDATE_… and have no events.
    """

    resource: str
    key: str
    schema: type[BaseModel]
    changes: ImportedChanges | None = None

    @property
    def recorded_changes(self) -> ImportedChanges:
        return self.changes or self._without_events()

    def _without_events(self) -> ImportedChanges:
        singular = re.sub(r"(?<!^)(?=[A-Z])", "_", self.schema.__name__.removesuffix("Create"))
        return ImportedChanges(
            record=make_dataclass("ImportedRecord", ["id", *self.schema.model_fields, "version"]),
            created=RecordedAs(f"CREATE_{singular.upper()}"),
            updated=RecordedAs(f"UPDATE_{singular.upper()}"),
        )


_TARGETS: list[ImportTarget] = [
    ImportTarget(resource="products", key="sku", schema=ProductCreate, changes=PRODUCT_IMPORT),
]

TARGETS = {target.resource: target for target in _TARGETS}
