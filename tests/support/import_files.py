"""Write import files, and import them in the test process."""

import csv
import gzip
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.commands.import_file import ImportOptions, import_file
from app.commands.import_outcome import ImportOutcome
from app.commands.import_targets import ImportTarget
from app.config.settings import Settings
from app.infrastructure.import_files.opening import open_input
from app.infrastructure.import_files.rejected_file import RejectedFile, report_paths
from app.models.shared.import_rows import ImportCounts
from tests.support.service import WIDGETS

HEADER = "code,name,note,category,price,kind"


def make_row(code: str = "NB-1", **overrides: str) -> dict[str, str]:
    return {
        "code": code,
        "name": "Laptop",
        "note": "Light",
        "category": "Notebooks",
        "price": "999.50",
        "kind": "HW",
    } | overrides


def csv_of(*rows: dict[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def json_row(code: str = "NB-1", **overrides: object) -> dict[str, object]:
    return {**make_row(code), "price": 999.5} | overrides


def json_lines_of(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def environment_of(settings: Settings) -> dict[str, str]:
    return {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "JWT_SECRET_KEY": settings.jwt_secret_key.get_secret_value(),
        "AUTH_SERVICE_URL": settings.auth_service_url.get_secret_value(),
        "AUDIT_LOG_FILE": settings.audit_log_file,
    }


async def run_import_of(
    path: Path,
    *,
    target: ImportTarget,
    settings: Settings,
    rejected: RejectedFile | None = None,
    outcome: ImportOutcome | None = None,
    options: ImportOptions = ImportOptions(),  # noqa: B008 - frozen
) -> ImportCounts:
    with open_input(path) as file:
        return await import_file(
            file,
            target=target,
            settings=settings,
            rejected=rejected or RejectedFile(report_paths(path)),
            outcome=outcome or ImportOutcome(),
            options=options,
        )


@dataclass(frozen=True)
class Imported:
    counts: ImportCounts
    rejected: Path | None

    @property
    def rejected_rows(self) -> list[dict[str, str]]:
        if self.rejected is None:
            return []
        with self.rejected.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            return list(csv.DictReader(file))

    @property
    def reasons(self) -> dict[int, str]:
        return {int(row["rejected_line"]): row["rejected_reason"] for row in self.rejected_rows}


@dataclass(frozen=True)
class Importer:
    settings: Settings
    directory: Path

    def write(self, content: str | bytes, name: str = "rows.csv") -> Path:
        octets = content if isinstance(content, bytes) else content.encode()
        path = self.directory / name
        path.write_bytes(gzip.compress(octets) if name.endswith(".gz") else octets)
        return path

    async def run(self, content: str | bytes, name: str = "rows.csv", **options: bool) -> Imported:
        return await self.run_file(self.write(content, name), **options)

    async def run_file(self, path: Path, **options: bool) -> Imported:
        rejected = RejectedFile(report_paths(self.directory / path.name))
        counts = await run_import_of(
            path,
            target=WIDGETS,
            settings=self.settings,
            rejected=rejected,
            options=ImportOptions(**options),
        )
        return Imported(counts, rejected.path)

    def audit_lines(self) -> list[dict[str, Any]]:
        log = Path(self.settings.audit_log_file)
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
