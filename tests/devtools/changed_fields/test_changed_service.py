"""After a change of the fields, all checks pass without an edit; the guide is true."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from devtools.copying.git import git
from tests.support.changed_domains import PLURAL, make_domain
from tests.support.copied_services import commit_all
from tests.support.repository_copy import (
    ROOT,
    check_module_in,
    copy_mypy_cache,
    copy_repository,
    read_files,
)

FIELDS = ["customer:str(100)", "status:enum(new,paid)=new", "old:text?", "size:int"]
ADDED = [
    *("title:str(100)?", "discount:money?", "is_gift:bool=false", "channel:enum(web,shop)=web"),
    *("due_on:date?", "weight:int>0?", "code:str(20)? unique"),
    *("ratio:decimal(8,3)=-0.5", "balance:money(signed)?", "fee:money>=0=0", "key:uuid? unique"),
    *("length:bigint>0=1", "owner_key:uuid?", "paid_at:datetime=now"),
    *("contact:email? unique", "site:url?", "opens_at:time?"),
]
GUIDE = ROOT / "docs" / "CHANGE_DOMAIN.md"
BLOCK = re.compile(r"(?ms)^```\n(.*?)^```$")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    copy = copy_repository(tmp_path)
    git(copy, "init", "--quiet")
    return copy


def test_a_changed_domain_passes_all_checks_unedited(copy: Path) -> None:
    make_domain(copy, FIELDS)
    commit_all(copy)
    check_module_in(copy, "devtools", "add-field", PLURAL, *ADDED)
    commit_all(copy)
    check_module_in(copy, "devtools", "remove-field", PLURAL, "old", "size")
    commit_all(copy)
    check_module_in(copy, "devtools", "remove-field", PLURAL, "old", "size", "--drop")

    check_module_in(copy, "ruff", "check", "--no-cache", ".")
    check_module_in(copy, "ruff", "format", "--no-cache", "--check", ".")
    check_module_in(copy, "devtools", "check-migrations")
    copy_mypy_cache(copy)
    ours = [str(path) for path in copy.glob(f"*/**/{PLURAL}/**/*.py")]
    check_module_in(copy, "mypy", "app/main.py", "app/cli.py", *ours)
    check_module_in(
        copy,
        *("pytest", "-q", "-x", "-p", "no:cacheprovider", f"tests/{PLURAL}"),
        *("tests/test_architecture.py", "tests/domains/test_imports.py"),
    )


@pytest.mark.skipif(
    (ROOT / "app" / "models" / "orders").exists(), reason="this service has orders already"
)
def test_the_commands_of_the_guide_do_what_it_says(copy: Path) -> None:
    commit_all(copy)
    for command in _commands():
        before = read_files(copy)
        if command[:2] == ["python3", "dev.py"]:
            check_module_in(copy, "devtools", *command[2:])
        else:
            subprocess.run(command, cwd=copy, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        if "--dry-run" in command:
            assert read_files(copy) == before

    assert git(copy, "status", "--porcelain") == ""
    model = (copy / "app" / "models" / "orders" / "order.py").read_text()
    assert re.findall(r"^    (\w+): ", model, re.MULTILINE) == [
        "customer",
        "total",
        "discount",
        "is_gift",
    ]


def _commands() -> list[list[str]]:
    lines = [line for block in BLOCK.findall(GUIDE.read_text()) for line in block.splitlines()]
    commands = [shlex.split(line) for line in lines if line.startswith(("python3 dev.py", "git "))]
    # The tests of the domain, as in the test above.
    return [command for command in commands if command[2] != "test"]
