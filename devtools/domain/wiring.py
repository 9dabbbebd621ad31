"""Add a new domain to the files that all domains share: the router and the targets of commands."""

import re
from collections.abc import Callable
from pathlib import Path

from devtools.domain.blueprint import Blueprint
from devtools.domain.refusal import RefusedError

ROUTER = "app/api/v1/router.py"
EXPORT_TARGETS = "app/commands/export_targets.py"
IMPORT_TARGETS = "app/commands/import_targets.py"

_ROUTER_LINE = "router = APIRouter()"
_TARGETS_END = "]\n\nTARGETS = "


def wire(blueprint: Blueprint, root: Path) -> dict[str, str]:
    """Return the new text of each shared file that changes; imports are not sorted yet."""
    edits: dict[str, Callable[[str, Blueprint], str]] = {
        ROUTER: _add_route,
        EXPORT_TARGETS: _add_export_target,
    }
    if blueprint.unique:
        edits[IMPORT_TARGETS] = add_import_target
    return {path: edit((root / path).read_text(), blueprint) for path, edit in edits.items()}


def _add_route(text: str, blueprint: Blueprint) -> str:
    names = blueprint.names
    if text.count(f"\n{_ROUTER_LINE}\n") != 1:
        raise _unrecognised(ROUTER, _ROUTER_LINE)
    text = _add_import_line(
        text, f"from app.api.v1.{names.plural} import {names.singular}_endpoints"
    )
    place = f'prefix="/v1/{names.plural}", tags=["{names.title}"]'
    return f"{text}router.include_router({names.singular}_endpoints.router, {place})\n"


def add_import_target(text: str, blueprint: Blueprint) -> str:
    names, key = blueprint.names, blueprint.unique[0].name
    schema = f"{names.camel}Create"
    text = _add_import_line(
        text, f"from app.schemas.{names.plural}.{names.singular}_schemas import {schema}"
    )
    recorded = f"{names.constant}_IMPORT"
    text = _add_import_line(
        text, f"from app.models.{names.plural}.{names.singular}_events import {recorded}"
    )
    target = (
        f'    ImportTarget(resource="{names.plural}", key="{key}",'
        f" schema={schema}, changes={recorded}),\n"
    )
    return _add_target(text, target, IMPORT_TARGETS)


def _add_export_target(text: str, blueprint: Blueprint) -> str:
    names = blueprint.names
    schema, filters = f"{names.camel}Create", f"{names.camel}Filters"
    text = _add_import_line(
        text, f"from app.schemas.{names.plural}.{names.singular}_schemas import {schema}, {filters}"
    )
    module, repository = f"postgres_{names.singular}_repository", f"Postgres{names.camel}Repository"
    text = _add_import_line(
        text, f"from app.repositories.{names.plural}.{module} import {repository}"
    )
    target = (
        f'    ExportTarget(resource="{names.plural}", schema={schema}, filters={filters},'
        f" repository={repository}),\n"
    )
    return _add_target(text, target, EXPORT_TARGETS)


def _add_target(text: str, target: str, path: str) -> str:
    opened = text.replace(" = []\n\nTARGETS = ", f" = [\n{_TARGETS_END}")
    if opened.count(f"\n{_TARGETS_END}") != 1:
        raise _unrecognised(path, "TARGETS = ")
    return opened.replace(f"\n{_TARGETS_END}", f"\n{target}{_TARGETS_END}")


def _add_import_line(text: str, line: str) -> str:
    """Add the line after the last import."""
    last = [*re.finditer(r"^from .* import (?:\([^)]*\)|.*)\n", text, re.MULTILINE)][-1]
    return f"{text[: last.end()]}{line}\n{text[last.end() :]}"


def _unrecognised(path: str, line: str) -> RefusedError:
    return RefusedError(
        f"{path}: expected the line {line.strip()!r} once, to find the place for the domain"
    )
