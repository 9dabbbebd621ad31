import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.copied_services import make_template, new_service


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template repository that tests do not change."""
    return make_template(tmp_path_factory.mktemp("template") / "original")


@pytest.fixture(scope="session")
def service(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("services") / "parcels"
    made = new_service(template, target)
    assert made.status == 0, made.errors
    assert f"cd {target}" in made.output
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
def own_template(tmp_path: Path) -> Path:
    return make_template(tmp_path / "template")


@pytest.fixture
def copy(own_template: Path, tmp_path: Path) -> Path:
    assert new_service(own_template, tmp_path / "copy").status == 0
    return tmp_path / "copy"
