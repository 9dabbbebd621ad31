"""`python -m app export`: write the records of a resource to a file or to standard output."""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import typer
from pydantic import ValidationError

from app.commands.command_database import open_command_database
from app.commands.export_output import open_output
from app.commands.export_progress import ExportProgress
from app.commands.export_targets import ExportTarget
from app.config.settings import Settings
from app.models.shared.listing import ListQuery
from app.schemas.shared.export_formats import CSV, FORMATS, ExportFormat
from app.schemas.shared.selection import export_query, without_paging
from app.services.shared.export import read_in_batches

ExportTargets = Mapping[str, ExportTarget]
Write = Callable[[bytes], object]


def find_target(resource: str, targets: ExportTargets) -> ExportTarget:
    if resource not in targets:
        known = ", ".join(targets) or "none defined"
        raise typer.BadParameter(f"must be one of: {known}", param_hint="RESOURCE")
    return targets[resource]


def find_format(suffix: str | None, output: Path | None) -> ExportFormat:
    """Return the format by its option, or by the name of the output; otherwise CSV."""
    wanted = suffix or (output.suffix[1:].lower().replace("ndjson", "jsonl") if output else "")
    return next((each for each in FORMATS if each.suffix == wanted), CSV)


def parse_filters(pairs: Sequence[str], target: ExportTarget) -> ListQuery:
    """Validate NAME=VALUE pairs as the query parameters of a list; raises BadParameter."""
    model, values = without_paging(target.filters), dict[str, str]()
    for pair in pairs:
        name, is_pair, value = pair.partition("=")
        if not is_pair or name not in model.model_fields:
            known = ", ".join(model.model_fields)
            raise _wrong_filter(f"{pair!r} must be NAME=VALUE, with a name of: {known}")
        if name in values:
            raise _wrong_filter(f"{name} is repeated")
        values[name] = value
    try:
        return export_query(target.filters, model.model_validate(values))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise _wrong_filter(f"{problem['loc'][0]}: {problem['msg']}") from None


def export_to(
    output: Path | None,
    settings: Settings,
    target: ExportTarget,
    query: ListQuery,
    file_format: ExportFormat,
) -> None:
    """Export the records, and report their number on stderr."""
    with open_output(output) as write:
        count = asyncio.run(_export(settings, target, query, file_format, write))
    sys.stderr.write(f"{count:,} {target.resource} exported\n")


async def _export(
    settings: Settings,
    target: ExportTarget,
    query: ListQuery,
    file_format: ExportFormat,
    write: Write,
) -> int:
    columns, count = tuple(target.schema.model_fields), 0
    async with open_command_database(settings) as database:
        repository = target.repository(database=database)
        with ExportProgress.displayed() as progress:
            part = file_format.header(columns)
            async for records in read_in_batches(repository.list, query):
                # A reader may block it for long.
                await asyncio.to_thread(write, part + file_format.rows(columns, records))
                part, count = b"", count + len(records)
                progress.show(count)
    return count


def _wrong_filter(message: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint="FILTERS")
