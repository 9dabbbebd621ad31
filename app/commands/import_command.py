"""Output and exit status of `python -m app import`."""

import asyncio
import logging
import sys
from collections.abc import Mapping
from pathlib import Path

from app.commands.failures import describe_failure
from app.commands.import_file import ImportOptions, import_file
from app.commands.import_outcome import ImportOutcome
from app.commands.import_targets import ImportTarget
from app.commands.output import report_done
from app.config.settings import Settings
from app.exceptions.shared.import_exceptions import ImportFileError
from app.infrastructure.import_files.formats import row_file
from app.infrastructure.import_files.input_file import InputFile
from app.infrastructure.import_files.opening import STANDARD_INPUT_NAME, open_input
from app.infrastructure.import_files.rejected_file import RejectedFile, report_paths
from app.infrastructure.import_files.source_file import SourceFile
from app.models.shared.import_rows import ImportCounts
from app.schemas.shared.row_validator import RowValidator

logger = logging.getLogger(__name__)

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


Targets = Mapping[str, ImportTarget]


def run_import(
    file: Path,
    settings: Settings,
    resource: str | None,
    report: Path | None,
    *,
    options: ImportOptions,
    targets: Targets,
) -> int:
    """Run the import, print the result in one or two lines and return the exit status."""
    target = targets.get(next(iter(targets), "") if resource is None else resource)
    outcome = ImportOutcome()
    if target is None:
        reason = f"--resource must be one of: {', '.join(targets) or 'none defined'}"
        return _report_failure(reason, USAGE, outcome)
    try:
        return _import(file, settings, target, report, outcome, options)
    except ImportFileError as error:
        return _report_failure(str(error), USAGE, outcome)
    except KeyboardInterrupt:
        return _report_failure("Interrupted", INTERRUPTED, outcome)
    except Exception as error:
        sentence = describe_failure(error)
        if sentence is None:
            logger.exception("A defect ended the import")
        return _report_failure(sentence or f"Defect: {error!r}", FAILED, outcome)


def _import(
    path: Path,
    settings: Settings,
    target: ImportTarget,
    report: Path | None,
    outcome: ImportOutcome,
    options: ImportOptions,
) -> int:
    with open_input(path) as file:
        _report_notes(file, target, options)
        rejected = RejectedFile(report_paths(_report_base(file)) if report is None else [report])
        importing = import_file(
            file,
            target=target,
            settings=settings,
            rejected=rejected,
            outcome=outcome,
            options=options,
        )
        counts = asyncio.run(importing)
        report_done(_summary(file.name, counts, dry_run=options.dry_run))
        if rejected.path is not None:
            report_done(f"Rejected rows with reasons: {rejected.path}")
        return FAILED if counts.rejected else OK


def _report_notes(file: InputFile, target: ImportTarget, options: ImportOptions) -> None:
    """Open the file before the database, and print what was recognised in it."""
    validator = RowValidator(target.schema, key=target.key)
    with SourceFile(file) as source:
        rows = row_file(source, validator, ignore_unknown=options.ignore_unknown_columns)
        for note in rows.notes:
            sys.stderr.write(f"{file.name}: {note}\n")


def _report_base(file: InputFile) -> Path:
    """Name reports after the file; those of standard input lie in the working directory."""
    is_standard_input = file.name == STANDARD_INPUT_NAME
    return file.plain if is_standard_input else file.path.with_name(file.plain.name)


def _summary(file: str, counts: ImportCounts, *, dry_run: bool) -> str:
    start = "Dry run, nothing is stored. " if dry_run else ""
    return (
        f"{start}{file}: {counts.rows:,} rows, {counts.inserted:,} inserted, "
        f"{counts.updated:,} updated, {counts.unchanged:,} unchanged, {counts.rejected:,} rejected"
    )


def _report_failure(reason: str, status: int, outcome: ImportOutcome) -> int:
    """Say that nothing was imported only if that is so."""
    if outcome.is_committed and outcome.counts is not None:
        report_done(_summary("The import is complete", outcome.counts, dry_run=False))
        sys.stderr.write(f"{reason}, after the commit\n")
    elif outcome.is_committed is None:
        sys.stderr.write(
            f"{reason}, during the commit: the rows are stored if audit_log has an entry"
            f" with the request ID {outcome.request_id}\n"
        )
    else:
        sys.stderr.write(f"Nothing was imported. {reason}\n")
    return status
