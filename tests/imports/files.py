"""Files to import, and importing them in this very process."""

import csv
import gzip
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.commands.import_file import import_file
from app.commands.import_targets import TARGETS
from app.config.settings import Settings
from app.infrastructure.import_files.rejected_file import RejectedFile, beside
from app.models.import_rows import ImportCounts

HEADER = "sku,name,description,category,unit,business_unit,location,price,product_type"


def make_row(sku: str = "NB-1", **overrides: str) -> dict[str, str]:
    return {
        "sku": sku,
        "name": "Laptop",
        "description": "Light",
        "category": "Notebooks",
        "unit": "Piece",
        "business_unit": "Workplace",
        "location": "EU",
        "price": "999.50",
        "product_type": "HW",
    } | overrides


def csv_of(*rows: dict[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def json_row(sku: str = "NB-1", **overrides: object) -> dict[str, object]:
    return {**make_row(sku), "price": 999.5} | overrides


def json_lines_of(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def environment_of(settings: Settings) -> dict[str, str]:
    return {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "JWT_SECRET_KEY": settings.jwt_secret_key.get_secret_value(),
        "AUTH_SERVICE_URL": settings.auth_service_url.get_secret_value(),
        "AUDIT_LOG_FILE": settings.audit_log_file,
    }


@dataclass(frozen=True)
class Imported:
    counts: ImportCounts
    rejected: Path | None

    @property
    def rejected_rows(self) -> list[dict[str, str]]:
        if self.rejected is None:
            return []
        with self.rejected.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
            return list(csv.DictReader(file))

    @property
    def reasons(self) -> dict[int, str]:
        return {int(row["rejected_line"]): row["rejected_reason"] for row in self.rejected_rows}


@dataclass(frozen=True)
class Importer:
    settings: Settings
    directory: Path

    def write(self, content: str | bytes, name: str = "catalogue.csv") -> Path:
        octets = content if isinstance(content, bytes) else content.encode()
        path = self.directory / name
        path.write_bytes(gzip.compress(octets) if name.endswith(".gz") else octets)
        return path

    async def run(
        self, content: str | bytes, name: str = "catalogue.csv", *, dry_run: bool = False
    ) -> Imported:
        return await self.run_file(self.write(content, name), dry_run=dry_run)

    async def run_file(self, path: Path, *, dry_run: bool = False) -> Imported:
        rejected = RejectedFile(beside(self.directory / path.name))
        counts = await import_file(
            path,
            target=TARGETS["products"],
            settings=self.settings,
            rejected=rejected,
            dry_run=dry_run,
        )
        return Imported(counts, rejected.path)

    def audit_lines(self) -> list[dict[str, Any]]:
        log = Path(self.settings.audit_log_file)
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
