import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from devtools.copying import record
from devtools.copying.git import git
from tests.support.copied_services import duplicate, make_template, new_service


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template repository that tests do not change."""
    template = make_template(tmp_path_factory.mktemp("template") / "original")
    # With one file for all objects, its duplicates are made and updated from faster.
    git(template, "gc", "--quiet")
    return template


@pytest.fixture(scope="session")
def service(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("services") / "parcels"
    made = new_service(template, target)
    assert made.status == 0, made.errors
    assert f"cd {target}" in made.output
    git(target, "gc", "--quiet")
    return target


@pytest.fixture(scope="session")
def bare_service(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service without the example domain."""
    target = tmp_path_factory.mktemp("services") / "bare"
    made = new_service(template, target, "--without-example", "--bare")
    assert made.status == 0, made.errors
    # As `new-service` does it with an environment of the template, which is slow to create.
    command = [sys.executable, "-m", "devtools", "docs"]
    subprocess.run(command, cwd=target, check=True)  # noqa: S603 - ours
    return target


@pytest.fixture
def own_template(template: Path, tmp_path: Path) -> Path:
    """A template repository that the test may change."""
    return duplicate(template, tmp_path / "template")


@pytest.fixture
def copy(service: Path, own_template: Path, tmp_path: Path) -> Path:
    """A copy of that template, as `new-service` would make it in a longer time."""
    copy = duplicate(service, tmp_path / "copy")
    record.write(copy, replace(record.read(copy), source=str(own_template)))
    git(copy, "commit", "--quiet", "--amend", "--no-edit", record.FILE)
    return copy
