"""`python -m app import`: from a file, through the API's own schema, into the table."""

import getpass
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

from app.commands.import_progress import ImportProgress
from app.commands.import_targets import ImportTarget
from app.config.settings import Settings
from app.infrastructure.cache.cache import open_cache
from app.infrastructure.cache.generation_marks import EVERYTHING
from app.infrastructure.cache.redis_link import open_redis_link
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.import_files.formats import plain_name, row_file
from app.infrastructure.import_files.rejected_file import RejectedFile
from app.infrastructure.import_files.source_file import SourceFile
from app.infrastructure.logging.audit_line import audit_line
from app.infrastructure.logging.audit_trail import Actor, AuditEntry
from app.infrastructure.logging.json_lines_file import JsonLinesFile
from app.infrastructure.logging.postgres_audit_trail import PostgresAuditTrail
from app.models.import_rows import Batch, ImportCounts
from app.repositories.postgres_bulk_repository import PostgresBulkRepository
from app.schemas.import_rows import RowValidator, in_batches
from app.services.import_service import ImportService, Reject

# The import is one transaction.
POOL = {"database_pool_size": 1, "database_pool_min_size": 0}


async def import_file(
    path: Path,
    *,
    target: ImportTarget,
    settings: Settings,
    rejected: RejectedFile,
    dry_run: bool = False,
) -> ImportCounts:
    """Import all good rows of the file; whatever is raised, nothing has been imported."""
    plain_name(path)
    async with open_database(settings.model_copy(update=POOL)) as database:
        service = _service(database, target, settings)
        with ImportProgress.shown() as progress, ExitStack() as files:
            read = partial(_read, path, target, rejected, progress, files)
            try:
                run = service.rehearse if dry_run else service.store
                counts = await run(path.name, read)
                rejected.close()
            except BaseException:
                rejected.discard()
                raise
            finally:
                if not dry_run:
                    await _spread_news(settings)
            return counts


async def _spread_news(settings: Settings) -> None:
    async with open_redis_link(settings) as link, open_cache(settings, link) as cache:
        await cache.changed(EVERYTHING)


def _read(
    path: Path,
    target: ImportTarget,
    rejected: RejectedFile,
    progress: ImportProgress,
    files: ExitStack,
) -> tuple[Iterator[Batch], Reject]:
    validator = RowValidator(target.schema, key=target.key)
    source = files.enter_context(SourceFile(path))
    rows = row_file(path, source, validator)
    batches = in_batches(rows.rows(), validator)
    return progress.follow(source, batches), rejected.start(rows)


def _service(database: PostgresDatabase, target: ImportTarget, settings: Settings) -> ImportService:
    actor = Actor(
        user_id=f"cli:{getpass.getuser()}", role="system", request_id=f"import-{uuid4().hex}"
    )
    return ImportService(
        records=PostgresBulkRepository(
            database=database,
            table=target.resource,
            key=target.key,
            columns=tuple(target.schema.model_fields),
        ),
        transactions=database,
        audit=PostgresAuditTrail(
            database=database, actor=actor, announce=partial(_log, settings, actor)
        ),
        resource=target.resource,
        key=target.key,
    )


def _log(settings: Settings, actor: Actor, entry: AuditEntry) -> None:
    file = JsonLinesFile(settings.audit_log_file)
    file.write(audit_line(actor, entry, outcome=HTTPStatus.OK))
    file.close()
