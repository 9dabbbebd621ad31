"""The table of settings, from their defaults and the comments in `.env.example`."""

import re
from pathlib import Path

from pydantic.fields import FieldInfo

from app.config.settings import Settings
from app.utils.json_text import to_json
from devtools.documents.markdown import table

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"
_NOTE_AND_NAME = re.compile(r"^# (?!---)(.+)\n(?:# )?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def settings_table() -> str:
    notes = {name: note for note, name in _NOTE_AND_NAME.findall(EXAMPLE.read_text())}
    return table(
        ("setting", "default", "description"),
        (
            (f"`{name.upper()}`", _default(field), notes[name.upper()])
            for name, field in Settings.model_fields.items()
        ),
    )


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return ""
    default = field.default
    if default is None:
        return "unset"
    return f"`{default if isinstance(default, str) else to_json(default).decode()}`"
