"""The commands that the documents name, and where each of them is run.

A command is proved by the entry that it begins with, the longest if there are several.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# A copy goes its own way, perhaps without the tests of the example.
only_in_the_template = pytest.mark.skipif(
    (ROOT / ".template.json").exists(), reason="this is a copy of the template"
)

# The file that runs it, and a text of that file without which it would not.
RUN_BY = {
    "python3 dev.py run": (".ci/fresh_clone", '"dev.py", "run"'),
    "python3 dev.py doctor": (".ci/fresh_clone", '"doctor"'),
    "python3 dev.py token": (".ci/fresh_clone", '"token"'),
    "python3 dev.py reset": (".ci/fresh_clone", '"reset"'),
    "python3 dev.py docs": (".ci/fresh_clone", '"docs"'),
    "python3 dev.py test": (".ci/run", "python3 dev.py test"),
    "pytest": ("devtools/__main__.py", '"-m", "pytest"'),
    "python -m app migrate": ("tests/faults/test_migrate_command.py", '"app", "migrate"'),
    "python -m app import": ("tests/imports/e2e/test_import_command.py", '"app", "import"'),
    "python -m app relay": ("tests/receiving/test_commands.py", '("relay",)'),
    "python -m app consume": ("tests/receiving/processes.py", '"app", "consume"'),
    "python -m app outbox": ("tests/receiving/test_commands.py", 'run("outbox", "redrive"'),
    "python -m app dead-queue": ("tests/receiving/test_commands.py", 'run("dead-queue", "purge"'),
    "uvicorn": ("tests/docs/test_commands.py", "documented_servers"),
    "python3 dev.py new-domain": (".ci/copies", '"new-domain"'),
    "python3 dev.py new-service": ("tests/copying/services.py", '"new-service", target'),
    "python3 dev.py update-template": (
        "tests/copying/test_update_template.py",
        'dev(copy, "update-template")',
    ),
    "mkdir": ("tests/new_domain/test_by_hand.py", '"bash", "-ec", folders'),
    "cp -r": ("tests/copying/test_by_hand.py", "follow(line, here)"),
    "git init": ("tests/copying/test_by_hand.py", "follow(line, here)"),
    "cp .env.example .env": ("tests/docs/test_commands.py", ".env.example"),
    "alembic revision": ("tests/docs/test_commands.py", "alembic revision"),
    "lint-imports": (".ci/run", "lint-imports"),
}
NOT_RUN = {
    "pip install -r requirements.txt": "dev.py installs the same file, with uv where it can",
    "python3 dev.py bench": "takes up to an hour and all of the machine; tests/bench has its parts",
    "python -m devtools.bench.lists": "likewise, on a million rows",
    "python3 dev.py lock": "asks a package index for whatever is newest",
    "python -c": "shows how to make a secret",
}

_PROGRAMS = (
    *("python3", "python", "pip", "pytest", "uvicorn", "alembic"),
    *("cp", "mkdir", "make", "git", "lint-imports", "ruff", "mypy"),
)
_FENCE = re.compile(r"^ *```(?:sh|bash)?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")


def commands_in(document: Path) -> set[str]:
    text = document.read_text()
    found = {*_lines(text), *_CODE.findall(_FENCE.sub("", text))}
    return {command for command in found if command.split(" ")[0] in _PROGRAMS}


def proof_of(command: str) -> str | None:
    entries = [entry for entry in (*RUN_BY, *NOT_RUN) if command.startswith(entry)]
    return max(entries, key=len, default=None)


def _lines(text: str) -> Iterator[str]:
    for block in _FENCE.findall(text):
        for line in block.replace("\\\n", "").splitlines():
            yield " ".join(line.partition("#")[0].split())
