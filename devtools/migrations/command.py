"""`python3 dev.py check-migrations`: refuse what running code or a busy table cannot live with."""

import asyncio
import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from app.infrastructure.database.migration_errors import MigrationError, require_one_head
from devtools.migrations.findings import Finding, find_problems
from devtools.migrations.recording import record_migrations
from devtools.postgres import PrivatePostgres

GUIDE = "docs/OPERATIONS.md#changes-of-the-schema"
STATEMENT_LENGTH = 100


def check_migrations(_: Namespace) -> int:
    """Run all migrations on a private server, and print each statement that breaks a rule."""
    try:
        require_one_head()
    except MigrationError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    with tempfile.TemporaryDirectory() as directory:
        server = PrivatePostgres(data_directory=Path(directory) / "postgres", durable=False)
        with server:
            migrations = asyncio.run(record_migrations(server.create_database("checked")))
    problems = [each for migration in migrations for each in find_problems(migration)]
    for problem in problems:
        sys.stdout.write(_describe(problem))
    if problems:
        sys.stdout.write(f"{len(problems)} problems; {GUIDE} says how to go about it\n")
        return 1
    sys.stdout.write(f"{len(migrations)} migrations keep all rules\n")
    return 0


def _describe(problem: Finding) -> str:
    statement = " ".join(problem.statement.split())[:STATEMENT_LENGTH]
    return f"{problem.path.name}: {problem.rule}: {problem.message}\n    {statement}\n"
