from pathlib import Path

import pytest

from tests.copying.services import make_template, new_service


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For tests that leave it as it is."""
    return make_template(tmp_path_factory.mktemp("template") / "original")


@pytest.fixture
def own_template(tmp_path: Path) -> Path:
    return make_template(tmp_path / "template")


@pytest.fixture
def copy(own_template: Path, tmp_path: Path) -> Path:
    assert new_service(own_template, tmp_path / "copy").status == 0
    return tmp_path / "copy"
