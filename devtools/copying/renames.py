"""Names that versions of the template have changed, read from `renames/VERSION.json`.

A name includes its module: `app.models.record.newest`. Standard library only.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("renames")

# Every `from MODULE import`, also one that follows a `from` of a comment.
_FROM = re.compile(r"\bfrom\b(?=([\w.\s\\]+?)\bimport\b)")


@dataclass(frozen=True, kw_only=True)
class Call:
    """Changed arguments of a function.

    `keywords` maps old to new names, `positional` names the keywords that positional arguments
    become, and `suffix` is appended to the first argument.
    """

    keywords: dict[str, str] = field(default_factory=dict)
    positional: list[str] = field(default_factory=list)
    suffix: str = ""


@dataclass(frozen=True, kw_only=True)
class Members:
    """Renamed attributes and keywords of methods, in files with an import that matches `when`."""

    when: str
    attributes: dict[str, str] = field(default_factory=dict)
    keywords: dict[str, dict[str, str]] = field(default_factory=dict)

    def apply_to(self, imported: set[str]) -> bool:
        return any(re.match(self.when, name) for name in imported)


@dataclass(frozen=True, kw_only=True)
class Renames:
    """Renames of one version; `own_modules` are modules of each domain: `tests.{plural}.making`."""

    modules: dict[str, str]
    own_modules: dict[str, str]
    names: dict[str, str]
    calls: dict[str, Call]
    members: list[Members]

    def for_domain(self, plural: str) -> dict[str, str]:
        return {
            old.format(plural=plural): new.format(plural=plural)
            for old, new in self.own_modules.items()
        }

    def may_import_old_names(self, text: str) -> bool:
        """Return False only for code that imports no old name; most need not be parsed then."""
        modules = {re.sub(r"[\s\\]", "", found) for found in _FROM.findall(text)}
        return not modules.isdisjoint(self.modules) or any(
            leaf in text for module in modules for leaf in self._leaves.get(module, ())
        )

    @cached_property
    def _leaves(self) -> dict[str, list[str]]:
        """The old names by the module that they are imported from."""
        leaves: dict[str, list[str]] = {}
        for name in (*self.modules, *self.names):
            module, _, leaf = name.rpartition(".")
            leaves.setdefault(module, []).append(leaf)
        return leaves

    def resolve(self, name: str, root: Path) -> str:
        """Return the new dotted name of a module, or of a name in a module."""
        # A package may have the name of a former module.
        if name in self.names or _is_module(name, root):
            return self.names.get(name, name)
        module, _, leaf = name.rpartition(".")
        return self.modules.get(name) or ".".join((self.modules.get(module, module), leaf))


def read_renames() -> list[Renames]:
    """Return the renames of each version, oldest first."""
    files = sorted(FOLDER.glob("*.json"), key=lambda file: [*map(int, file.stem.split("."))])
    return [_parse(json.loads(file.read_text())) for file in files]


def _parse(values: dict[str, Any]) -> Renames:
    return Renames(
        modules=values["modules"],
        own_modules=values["own_modules"],
        names=values["names"],
        calls={name: Call(**call) for name, call in values["calls"].items()},
        members=[Members(**members) for members in values["members"]],
    )


def _is_module(name: str, root: Path) -> bool:
    path = root.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()
