"""The lines by which the files that all domains share come to know of a new one."""

import re
from collections.abc import Callable
from pathlib import Path

from devtools.domain.blueprint import Blueprint
from devtools.domain.refusal import RefusedError

ROUTER = "app/api/v1/router.py"
DEPENDENCIES = "app/dependencies.py"
IMPORT_TARGETS = "app/commands/import_targets.py"


def wire(blueprint: Blueprint, root: Path) -> dict[str, str]:
    """Give the new text of each shared file that changes; imports are not sorted yet."""
    edits: dict[str, Callable[[str, Blueprint], str]] = {ROUTER: _route, DEPENDENCIES: _provide}
    if blueprint.unique:
        edits[IMPORT_TARGETS] = _import
    return {path: edit((root / path).read_text(), blueprint) for path, edit in edits.items()}


def _route(text: str, blueprint: Blueprint) -> str:
    names = blueprint.names
    text = _imported(text, f"from app.api.v1.{names.plural} import {names.singular}_endpoints")
    place = f'prefix="/v1/{names.plural}", tags=["{names.title}"]'
    return f"{text}router.include_router({names.singular}_endpoints.router, {place})\n"


def _provide(text: str, blueprint: Blueprint) -> str:
    names = blueprint.names
    plural, singular, camel = names.plural, names.singular, names.camel
    text = _imported(
        text,
        *(
            f"from app.repositories.{plural}.{kind}_{singular}_repository"
            f" import {kind.capitalize()}{camel}Repository"
            for kind in ("cached", "postgres")
        ),
        f"from app.services.{plural}.{singular}_service import {camel}Service",
        "from app.services.change_log import ChangeLog",
    )
    text = _before(text, "async def _idempotency_service(", DEPENDENCIES, _PROVIDER.format(n=names))
    dependency = f"{camel}ServiceDep = Annotated[{camel}Service, Depends(_{singular}_service)]\n"
    return _before(text, "IdempotencyServiceDep = ", DEPENDENCIES, dependency)


_PROVIDER = """\
def build_{n.singular}_service(resources: Resources, *, audit: AuditTrail) -> {n.camel}Service:
    database = resources.database
    stored = Postgres{n.camel}Repository(database=database)
    return {n.camel}Service(
        {n.plural}=Cached{n.camel}Repository(
            stored=stored, cache=resources.cache, database=database),
        transactions=database,
        changes=ChangeLog(
            resource="{n.plural}", audit=audit, events=resources.messaging.events),
    )


async def _{n.singular}_service(request: Request) -> {n.camel}Service:
    return build_{n.singular}_service(resources_of(request), audit=_audit_trail(request))


"""


def _import(text: str, blueprint: Blueprint) -> str:
    names, key = blueprint.names, blueprint.unique[0].name
    schema = f"{names.camel}Create"
    text = _imported(
        text, f"from app.schemas.{names.plural}.{names.singular}_schemas import {schema}"
    )
    target = f'    ImportTarget(resource="{names.plural}", key="{key}", schema={schema}),\n'
    opened = text.replace(" = []\n\nTARGETS = ", " = [\n]\n\nTARGETS = ")
    return _before(opened, "]\n\nTARGETS = ", IMPORT_TARGETS, target)


def _imported(text: str, *lines: str) -> str:
    last = [*re.finditer(r"^from .* import (?:\([^)]*\)|.*)\n", text, re.MULTILINE)][-1]
    # The first domain brings what the others find there.
    new = "".join(f"{line}\n" for line in lines if f"{line}\n" not in text)
    return text[: last.end()] + new + text[last.end() :]


def _before(text: str, anchor: str, path: str, addition: str) -> str:
    if text.count(f"\n{anchor}") != 1:
        raise RefusedError(f"{path}: has no line {anchor.strip()!r} any more to add the domain to")
    return text.replace(f"\n{anchor}", f"\n{addition}{anchor}")
