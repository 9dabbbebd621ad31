"""The commands named in documents, and the file that runs each.

A command belongs to the longest entry that it starts with.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# A copy may have changed its documents and have no tests of the example.
only_in_the_template = pytest.mark.skipif(
    (ROOT / ".template.json").exists(), reason="this is a copy of the template"
)

# The file that runs the command, and the text in that file which does it.
RUN_BY = {
    "python3 dev.py run": (".ci/fresh_clone", '"dev.py", "run"'),
    "python3 dev.py doctor": (".ci/fresh_clone", '"doctor"'),
    "python3 dev.py token": (".ci/fresh_clone", '"token"'),
    "python3 dev.py reset": (".ci/fresh_clone", '"reset"'),
    "python3 dev.py docs": (".ci/fresh_clone", '"docs"'),
    "python3 dev.py app": (
        "tests/devtools/run/test_commands_beside_run.py",
        '"app", "outbox", "list"',
    ),
    "python3 dev.py psql": ("tests/devtools/run/test_commands_beside_run.py", '"psql", "-Atc"'),
    "python3 dev.py env": ("tests/devtools/run/test_commands_beside_run.py", 'dev("env")'),
    "python3 dev.py top": (
        "tests/devtools/run/test_commands_beside_run.py",
        '"top", "--once"',
    ),
    "python3 dev.py test": (".ci/run", "python3 dev.py test"),
    "pytest": ("devtools/__main__.py", '"-m", "pytest"'),
    "python -m app migrate": ("tests/commands/test_migrate_command.py", '"app", "migrate"'),
    "python -m app import": (
        "tests/commands/imports/test_import_command.py",
        '"tests.support.cli", "import"',
    ),
    "python -m app audit": ("tests/commands/test_audit_command.py", 'run("audit", "--resource"'),
    "python -m app purge-audit": (
        "tests/infrastructure/database/test_database_roles.py",
        '"app", "purge-audit"',
    ),
    "python -m app export": (
        "tests/commands/test_export_command.py",
        '"tests.support.cli", "export"',
    ),
    "python -m app relay": ("tests/commands/test_message_commands.py", '("relay",)'),
    "python -m app consume": (
        "tests/support/consume_process.py",
        '"tests.support.cli", "consume"',
    ),
    "python -m app outbox": ("tests/commands/test_message_commands.py", 'run("outbox", "redrive"'),
    "python -m app dead-queue": (
        "tests/commands/test_message_commands.py",
        'run("dead-queue", "purge"',
    ),
    "uvicorn": ("tests/docs/test_commands.py", "documented_server_commands"),
    "python3 dev.py check-migrations": (".ci/run", "python3 dev.py check-migrations"),
    "python3 dev.py new-domain": (".ci/copies", '"new-domain"'),
    "python3 dev.py add-field": (
        "tests/devtools/changed_fields/test_changed_service.py",
        '"add-field", PLURAL',
    ),
    "python3 dev.py remove-field": (
        "tests/devtools/changed_fields/test_changed_service.py",
        '"remove-field", PLURAL',
    ),
    **dict.fromkeys(
        ("git add", "git commit", "git reset --hard"),
        ("tests/devtools/changed_fields/test_changed_service.py", "cwd=copy, check=True"),
    ),
    "python3 dev.py remove-domain": (
        "tests/devtools/new_domain/test_remove_domain.py",
        '"remove-domain", "trial_orders"',
    ),
    "python3 dev.py rename ": (
        "tests/devtools/copying/test_rename_service.py",
        '"rename", "Order Desk"',
    ),
    "python3 dev.py rename-domain": (
        "tests/devtools/rename_domain/test_command.py",
        '"rename-domain", "trial_orders"',
    ),
    "python3 dev.py remove-example": (
        "tests/devtools/copying/test_remove_example.py",
        '"remove-example"',
    ),
    "python3 dev.py new-service": ("tests/support/copied_services.py", '"new-service", target'),
    "python3 dev.py update-template": (
        "tests/devtools/copying/test_update_template.py",
        'dev(copy, "update-template")',
    ),
    "git add": ("tests/devtools/copying/test_update_template.py", 'git(copy, "add"'),
    "git commit": ("tests/support/copied_services.py", 'git(folder, "commit"'),
    "git reset --hard": (
        "tests/devtools/copying/test_update_template.py",
        'git(copy, "reset", "--hard")',
    ),
    "mkdir": ("tests/devtools/new_domain/test_by_hand.py", '"bash", "-ec", folders'),
    "cp -r": ("tests/devtools/copying/test_by_hand.py", "follow(line, here)"),
    "make": ("tests/devtools/test_collaboration_files.py", 'make("help")'),
    "pre-commit": (".ci/manifests", '"pre-commit"'),
    "git revert": ("tests/devtools/copying/test_update_template.py", 'git(copy, "revert"'),
    "git init": ("tests/devtools/copying/test_by_hand.py", "follow(line, here)"),
    "git restore": (
        "tests/devtools/new_domain/test_use_case_by_hand.py",
        '"bash", "-ec", undo',
    ),
    "git clean": (
        "tests/devtools/new_domain/test_use_case_by_hand.py",
        '"bash", "-ec", undo',
    ),
    "cp .env.example .env": ("tests/docs/test_commands.py", ".env.example"),
    "alembic downgrade": (
        "tests/devtools/changed_fields/test_changed_tables.py",
        "back=len(added.migrations)",
    ),
    "mypy": (".ci/run", "bin/mypy"),
    "ruff check": (".ci/run", "ruff check"),
    "alembic revision": ("tests/docs/test_commands.py", "alembic revision"),
    "lint-imports": (".ci/run", "lint-imports"),
    "python -m devtools.api_changes": (".ci/run", "devtools.api_changes"),
}
NOT_RUN = {
    "pip install -r requirements.txt": "dev.py installs the same file, with uv if available",
    "pip install -r requirements-prod.txt": "the image installs the same file; see .ci/image",
    "python3 dev.py bench": "takes up to an hour and the whole machine; its parts are tested",
    "python -m devtools.bench.lists": "takes long, on a million rows",
    "python3 dev.py lock": "downloads the latest versions from a package index",
    "python -c": "shows how to create a secret",
}

_PROGRAMS = (
    *("python3", "python", "pip", "pytest", "uvicorn", "alembic"),
    *("cp", "mkdir", "make", "git", "pre-commit", "lint-imports", "ruff", "mypy"),
)
_FENCE = re.compile(r"^ *```(?:sh|bash)?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")


def find_commands(document: Path) -> set[str]:
    text = document.read_text()
    found = {*_lines(text), *_CODE.findall(_FENCE.sub("", text))}
    # `python` alone is the name of a label.
    return {each for each in found if each.split(" ")[0] in _PROGRAMS and each != "python"}


def find_entry(command: str) -> str | None:
    entries = [entry for entry in (*RUN_BY, *NOT_RUN) if command.startswith(entry)]
    return max(entries, key=len, default=None)


def _lines(text: str) -> Iterator[str]:
    for block in _FENCE.findall(text):
        for line in block.replace("\\\n", "").splitlines():
            yield " ".join(line.partition("#")[0].split())
