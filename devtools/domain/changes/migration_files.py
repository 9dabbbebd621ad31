"""Write the migrations of a change of the fields.

What takes a lock on the table for a moment is in one migration, what takes long and blocks nothing
in another: PostgreSQL would keep the lock of the first until the second has ended.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from mako.lookup import TemplateLookup  # type: ignore[import-untyped]  # it has none

from devtools.domain.changes.placeholders import relaxation, relaxed
from devtools.domain.changes.sql_text import broken
from devtools.domain.changes.table import KEYS, SEARCHED
from devtools.domain.changes.table_change import TableChange
from devtools.domain.field import Field
from devtools.domain.rendering import formatted
from devtools.domain.revisions import newest_revision, next_revision

_TEMPLATES = TemplateLookup([str(Path(__file__).with_name("templates"))], strict_undefined=True)

REWRITE = "a stored column cannot change in place"
_MAX_NAME, _MAX_NAMES = 40, 3


class MigrationFiles:
    """New migrations, each behind the one before."""

    def __init__(self, root: Path, plural: str, names: Sequence[str]) -> None:
        self._plural = plural
        self._names = names
        self._settings = root / "pyproject.toml"
        self._down_revision = newest_revision(root)
        self._revision = next_revision(root)
        self._texts: dict[str, str] = {}

    def formatted(self) -> dict[str, str]:
        with tempfile.TemporaryDirectory() as stage:
            return formatted(self._texts, Path(stage), self._settings)

    def add_columns(self, change: TableChange) -> None:
        """Expand the table: the code of the next release writes the new columns."""
        self._write(
            "quick",
            "add",
            title=f"{self._title}: add {self._words}.",
            exempt=_exempt(change, is_wider=True),
            upgrade=_calls(_widen(change)),
            downgrade=_calls(change.without_view(_narrow(change))),
            note="",
        )
        self._write_slow("index", change, is_wider=True)

    def drop_columns(self, change: TableChange, removed: Sequence[Field]) -> None:
        """Contract the table: no running code knows the columns."""
        self._write_slow("unindex", change, is_wider=False)
        fields = {field.name: field for field in removed}
        self._write(
            "quick",
            "drop",
            title=f"{self._title}: drop {self._words}, which no release reads any more.",
            exempt=_exempt(change, is_wider=False)
            | {"ban-drop-column": "no running release knows it"},
            upgrade=_calls(_narrow(change)),
            downgrade=_calls(_widen(change, fields)),
            note=f"Create {self._words} again, without the values.",
        )

    def relax(self, fields: Sequence[Field]) -> None:
        """Let code leave out the columns, while older code still reads them."""
        steps = [(field.name, *relaxation(field)) for field in fields]
        alter = f"ALTER TABLE {self._plural} ALTER COLUMN"
        self._write(
            "quick",
            "release",
            title=f"{self._title}: rows need no {self._words}, which new code does not write.",
            exempt={},
            upgrade=_calls([f"{alter} {name} {action}" for name, action, _ in steps]),
            downgrade=_calls([f"{alter} {name} {action}" for name, _, action in steps]),
            note=_note(steps),
        )

    @property
    def _title(self) -> str:
        return self._plural.replace("_", " ").capitalize()

    @property
    def _words(self) -> str:
        if len(self._names) > _MAX_NAMES:
            return f"{', '.join(self._names[:_MAX_NAMES])} and others"
        *others, last = self._names
        return f"{', '.join(others)} and {last}" if others else last

    def _write_slow(self, verb: str, change: TableChange, *, is_wider: bool) -> None:
        less, more = (
            (
                {name: table.indexes.get(name, "") for name in change.indexes},
                {name: _key(table.keys.get(name)) for name in change.keys},
            )
            for table in (change.less, change.more)
        )
        after, before = (more, less) if is_wider else (less, more)
        validated = [*change.checks]
        if any([*after, *before, validated]):
            self._write(
                "slow",
                verb,
                title=f"{self._title}: indexes and checks with {self._words}."
                if is_wider
                else f"{self._title}: indexes without {self._words}.",
                exempt=_slow_exempt(after, before),
                table=self._plural,
                broken=broken,
                indexes_after=after[0],
                indexes_before=before[0],
                keys_after=after[1],
                keys_before=before[1],
                validated_after=validated if is_wider else [],
                validated_before=[] if is_wider else validated,
            )

    def _write(self, template: str, verb: str, **values: object) -> None:
        shown = "_and_".join(self._names)
        if len(shown) > _MAX_NAME:
            shown = f"{self._names[0]}_and_more"
        path = f"migrations/versions/{self._revision}_{self._plural}_{verb}_{shown}.py"
        self._texts[path] = _TEMPLATES.get_template(f"{template}.py.mako").render(
            revision=self._revision, down_revision=self._down_revision, **values
        )
        self._down_revision = self._revision
        self._revision = f"{int(self._revision) + 1:04}"


def _key(definition: str | None) -> tuple[str, str] | None:
    for kind in KEYS:
        if definition and definition.startswith(kind):
            return kind, definition.removeprefix(kind).strip()
    return None


def _slow_exempt(
    after: tuple[dict[str, str], dict[str, tuple[str, str] | None]],
    before: tuple[dict[str, str], dict[str, tuple[str, str] | None]],
) -> dict[str, str]:
    exempt = {}
    if any(after[0].values()):
        exempt["renaming-object"] = "no code names an index"
    if any(after[1].values()):
        exempt["new-unique-index"] = "only new code writes its column, or it replaces another"
    if any(before[1].values()):
        exempt["ban-drop-constraint"] = "another takes its place, or its column is not used"
    return exempt


def _exempt(change: TableChange, *, is_wider: bool) -> dict[str, str]:
    rules = []
    if change.has_other_search:
        rules = [
            "ban-drop-column",
            "require-concurrent-index-creation",
            "adding-field-with-default",
        ]
    elif SEARCHED in change.columns and is_wider:
        rules = ["adding-field-with-default"]
    elif is_wider and any("(now()" in text for text in change.columns.values()):
        return {"adding-field-with-default": "now() is the same for all rows: none is rewritten"}
    return dict.fromkeys(rules, REWRITE)


def _widen(change: TableChange, restored: dict[str, Field] | None = None) -> list[str]:
    alter = f"ALTER TABLE {change.name}"
    restored = restored or {}
    columns = {
        name: relaxed(restored[name], text) if name in restored else text
        for name, text in change.columns.items()
    }
    return [
        *(f"{alter} ADD COLUMN {name} {text}" for name, text in columns.items()),
        *(
            f"{alter} ADD CONSTRAINT {name} {text} NOT VALID"
            for name, text in change.checks.items()
        ),
        *_search_statements(change, is_wider=True),
    ]


def _narrow(change: TableChange) -> list[str]:
    drops = [f"ALTER TABLE {change.name} DROP COLUMN {name}" for name in reversed(change.columns)]
    return [*_search_statements(change, is_wider=False), *drops]


def _search_statements(change: TableChange, *, is_wider: bool) -> list[str]:
    """Replace the stored text that `q` searches; its indexes are dropped with it."""
    if not change.has_other_search:
        return []
    table = change.more if is_wider else change.less
    definition = table.columns[SEARCHED]
    return [
        f"ALTER TABLE {table.name} DROP COLUMN {SEARCHED}, ADD COLUMN {SEARCHED} {definition}",
        *(f"CREATE INDEX {name} {table.indexes[name]}" for name in change.search_indexes),
    ]


def _calls(statements: Sequence[str]) -> list[str]:
    return [
        f'    op.execute("""\n        {broken(statement, indent=8)}\n    """)'
        if len(statement) > _MAX_STATEMENT
        else f'    op.execute("{statement}")'
        for statement in statements
    ]


# With `    op.execute("")` around it, it fits into a line.
_MAX_STATEMENT = 82


def _note(steps: Sequence[tuple[str, str, str]]) -> str:
    lacking = [name for name, _, back in steps if back == "SET NOT NULL"]
    return f"First give each row without {' or '.join(lacking)} one." if lacking else ""
