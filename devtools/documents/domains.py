"""Find the domains of the service by their files, so that none has to be registered here."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

from pydantic import BaseModel

from app.models.shared.event import EventKind

MODELS = Path(__file__).resolve().parents[2] / "app" / "models"
SUFFIX = "_events"


@dataclass(frozen=True)
class Domain:
    plural: str
    singular: str

    @property
    def title(self) -> str:
        """`OrderItem` for `order_item`."""
        return self.singular.title().replace("_", "")

    @property
    def events(self) -> tuple[EventKind, ...]:
        events: tuple[EventKind, ...] = self._module("models", "events").EVENTS
        return events

    @property
    def shown(self) -> type[BaseModel]:
        """The schema of a response with one record."""
        schema: type[BaseModel] = getattr(
            self._module("schemas", "schemas"), f"{self.title}Response"
        )
        return schema

    def _module(self, layer: str, role: str) -> ModuleType:
        return import_module(f"app.{layer}.{self.plural}.{self.singular}_{role}")


def find_domains() -> list[Domain]:
    files = sorted(MODELS.glob(f"*/*{SUFFIX}.py"))
    return [Domain(file.parent.name, file.stem.removesuffix(SUFFIX)) for file in files]
