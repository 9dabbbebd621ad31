"""Import a file into a table; validate its rows with the API's schema."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from app.commands.command_database import open_command_database
from app.commands.import_outcome import ImportOutcome
from app.commands.import_progress import ImportProgress
from app.commands.import_targets import ImportTarget
from app.config.settings import Settings
from app.infrastructure.audit.audit_line import audit_line
from app.infrastructure.audit.postgres_audit_trail import PostgresAuditTrail
from app.infrastructure.cache.generation_table import ALL_TAGS
from app.infrastructure.cache.opening import open_cache
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.import_files.formats import row_file
from app.infrastructure.import_files.input_file import InputFile
from app.infrastructure.import_files.rejected_file import RejectedFile
from app.infrastructure.import_files.source_file import SourceFile
from app.infrastructure.logging.json_lines_log import JsonLinesLog
from app.infrastructure.messaging.opening import unrelayed_events
from app.infrastructure.redis.opening import open_redis_link
from app.models.shared.import_rows import Batch, ImportCounts
from app.ports.audit_trail import Actor, AuditEntry
from app.repositories.shared.postgres_bulk_repository import PostgresBulkRepository
from app.schemas.shared.row_validator import RowValidator, validate_in_batches
from app.services.shared.import_change_log import ImportChangeLog
from app.services.shared.import_service import ImportService, Reject
from app.utils.platform_support import effective_user_id
from app.utils.request_context import request_id


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """A silent import publishes no events, and writes one audit entry only."""

    dry_run: bool = False
    silent: bool = False
    ignore_unknown_columns: bool = False


async def import_file(
    file: InputFile,
    *,
    target: ImportTarget,
    settings: Settings,
    rejected: RejectedFile,
    outcome: ImportOutcome,
    options: ImportOptions,
) -> ImportCounts:
    """Import all valid rows of the file in one transaction.

    After an exception, `outcome` tells whether they are stored.
    """
    request_id.set(outcome.request_id)
    async with open_command_database(settings) as database:
        importing = _Import(
            file=file,
            target=target,
            settings=settings,
            rejected=rejected,
            outcome=outcome,
            options=options,
            database=database,
        )
        return await outcome.complete_commit(importing.run())


@dataclass(frozen=True, kw_only=True)
class _Import:
    file: InputFile
    target: ImportTarget
    settings: Settings
    rejected: RejectedFile
    outcome: ImportOutcome
    options: ImportOptions
    database: PostgresDatabase

    async def run(self) -> ImportCounts:
        audit = self._audit_trail()
        with ImportProgress.displayed() as progress, ExitStack() as files:
            open_batches = partial(self._open_batches, progress, files)
            service = self._service(audit)
            try:
                if self.options.dry_run:
                    counts = await service.dry_run(self.file.name, open_batches)
                    self.rejected.close()
                    return counts
                return await self._store(service, audit, open_batches)
            except BaseException:
                if self.outcome.is_committed is False:
                    self.rejected.discard()
                raise

    async def _store(
        self,
        service: ImportService,
        audit: PostgresAuditTrail,
        open_batches: partial[tuple[Iterator[Batch], Reject]],
    ) -> ImportCounts:
        try:
            counts = await service.store(self.file.name, open_batches, self._start_commit)
            self.outcome.is_committed = True
        except Exception:
            if self.outcome.counts is None:
                raise
            await self.outcome.verify(partial(audit.has_entry, self.target.resource))
            if not self.outcome.is_committed:
                raise
            counts = self.outcome.counts
        finally:
            if self.outcome.counts is not None:
                await self._invalidate_caches()
        return counts

    def _start_commit(self, counts: ImportCounts) -> None:
        self.rejected.close()
        self.outcome.start_commit(counts)

    def _open_batches(
        self, progress: ImportProgress, files: ExitStack
    ) -> tuple[Iterator[Batch], Reject]:
        self.outcome.start_attempt()
        validator = RowValidator(self.target.schema, key=self.target.key)
        source = files.enter_context(SourceFile(self.file))
        rows = row_file(source, validator, ignore_unknown=self.options.ignore_unknown_columns)
        batches = validate_in_batches(rows.rows(), validator)
        return progress.track(source, batches), self.rejected.start(rows)

    def _service(self, audit: PostgresAuditTrail) -> ImportService:
        kinds, is_silent = self.target.recorded_changes, self.options.silent
        changes = ImportChangeLog(
            resource=self.target.resource,
            kinds=kinds,
            audit=audit,
            events=unrelayed_events(self.settings, self.database),
        )
        return ImportService(
            records=PostgresBulkRepository(
                database=self.database,
                table=self.target.resource,
                key=self.target.key,
                columns=tuple(self.target.schema.model_fields),
                changes=kinds,
                returns_changes=not is_silent,
            ),
            transactions=self.database,
            audit=audit,
            changes=None if is_silent else changes,
            resource=self.target.resource,
            key=self.target.key,
        )

    def _audit_trail(self) -> PostgresAuditTrail:
        actor = Actor(
            user_id=f"cli:{_user_name()}",
            role="system",
            request_id=self.outcome.request_id,
        )
        return PostgresAuditTrail(
            database=self.database, actor=actor, announce=partial(_log, self.settings, actor)
        )

    async def _invalidate_caches(self) -> None:
        async with (
            open_redis_link(self.settings) as link,
            open_cache(self.settings, link) as cache,
        ):
            await cache.invalidate(ALL_TAGS)
            if link is not None and not link.is_up:
                sys.stderr.write(
                    "Redis is not available: services on other machines may serve cached values"
                    f" for up to {self.settings.cache_ttl_seconds:g} seconds\n"
                )


def _user_name() -> str:
    """Return the name of the user, or the ID of one without a name, as in many containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"uid-{effective_user_id()}"


def _log(settings: Settings, actor: Actor, entry: AuditEntry) -> None:
    file = JsonLinesLog(settings.audit_log_file)
    file.write(audit_line(entry, actor=actor, outcome=HTTPStatus.OK, request_id=actor.request_id))
    file.close()
