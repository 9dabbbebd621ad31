"""What `import` says and how it ends."""

import asyncio
import sys
from pathlib import Path

import asyncpg

from app.commands.import_file import import_file
from app.commands.import_targets import TARGETS
from app.config.settings import Settings
from app.exceptions.base import ServiceError
from app.exceptions.import_exceptions import ImportFileError
from app.infrastructure.import_files.rejected_file import RejectedFile, beside
from app.models.import_rows import ImportCounts

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def run_import(
    file: Path, settings: Settings, resource: str, report: Path | None, *, dry_run: bool
) -> int:
    """Return the exit status, having said in a line or two what came of it."""
    try:
        return _import(file, settings, resource, report, dry_run=dry_run)
    except ImportFileError as error:
        return _failed(str(error), USAGE)
    except ServiceError as error:
        return _failed(str(error), FAILED)
    except asyncpg.UndefinedTableError:
        return _failed("The database is not up to date: run `python -m app migrate`", FAILED)
    except KeyboardInterrupt:
        return _failed("Interrupted", INTERRUPTED)


def _import(
    file: Path, settings: Settings, resource: str, report: Path | None, *, dry_run: bool
) -> int:
    if resource not in TARGETS:
        return _failed(f"--resource must be one of: {', '.join(TARGETS) or 'none yet'}", USAGE)
    rejected = RejectedFile(beside(file) if report is None else [report])
    importing = import_file(
        file, target=TARGETS[resource], settings=settings, rejected=rejected, dry_run=dry_run
    )
    counts = asyncio.run(importing)
    _say(_summary(file, counts, dry_run=dry_run))
    if rejected.path is not None:
        _say(f"The rejected rows and why: {rejected.path}")
    return FAILED if counts.rejected else OK


def _summary(file: Path, counts: ImportCounts, *, dry_run: bool) -> str:
    start = "Dry run, nothing is kept. " if dry_run else ""
    return (
        f"{start}{file.name}: {counts.rows:,} rows, {counts.inserted:,} inserted, "
        f"{counts.updated:,} updated, {counts.unchanged:,} unchanged, {counts.rejected:,} rejected"
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _failed(reason: str, status: int) -> int:
    sys.stderr.write(f"Nothing was imported. {reason}\n")
    return status
