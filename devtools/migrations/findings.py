"""Find statements that running code, or writes of a busy table, cannot live with.

The rules are those of squawk (https://squawkhq.com/docs/rules), and some of our own.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devtools.migrations.own_rules import find_breaches
from devtools.migrations.recording import Migration

# The oldest version of PostgreSQL that the service supports.
POSTGRES_VERSION = "15"
# Rules of taste, and what is cared for elsewhere: `migrate` sets the time limits, and PostgreSQL
# itself refuses CONCURRENTLY within a transaction.
EXCLUDED = (
    "ban-char-field",
    "ban-concurrent-index-creation-in-transaction",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",
    "prefer-text-field",
    "require-lock-timeout",
    "require-statement-timeout",
)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A broken rule, or one that a migration exempts without breaking it."""

    path: Path
    rule: str
    statement: str
    message: str


def find_problems(migration: Migration) -> list[Finding]:
    """Return the broken rules that the migration does not exempt, then useless exemptions."""
    found = [*_find_all(migration), *_find_own(migration)]
    useless = [
        Finding(
            path=migration.path,
            rule=rule,
            statement="",
            message="The migration exempts this rule, but keeps it.",
        )
        for rule in sorted(migration.exempt.keys() - {each.rule for each in found})
    ]
    return [each for each in found if each.rule not in migration.exempt] + useless


def _find_all(migration: Migration) -> list[Finding]:
    texts = [f"{statement};\n" for statement in migration.statements]
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "migration.sql"
        file.write_text("".join(texts), "utf-8")
        rows = _run_squawk(file)
    # The statement of each line.
    lines = [text for text in texts for _ in range(text.count("\n"))]
    return [
        Finding(
            path=migration.path,
            rule=row["rule_name"],
            statement=lines[row["line"]].removesuffix(";\n"),
            message=row["message"],
        )
        for row in rows
    ]


def _find_own(migration: Migration) -> list[Finding]:
    return [
        Finding(path=migration.path, rule=rule, statement=statement, message=message)
        for rule, statement, message in find_breaches(migration.statements)
    ]


def _run_squawk(file: Path) -> list[dict[str, Any]]:
    command = [str(Path(sys.executable).with_name("squawk")), "--reporter", "json"]
    command += ["--assume-in-transaction", "--pg-version", POSTGRES_VERSION]
    command += [part for rule in EXCLUDED for part in ("--exclude", rule)]
    # Exits with 1 when it has findings. In an empty folder, so that it reads no configuration.
    done = subprocess.run(  # noqa: S603 - our own arguments
        [*command, file.name], cwd=file.parent, capture_output=True, text=True, check=False
    )
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows
