from pathlib import Path

import pytest

from tests.copying.services import make_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For tests that leave it as it is."""
    return make_template(tmp_path_factory.mktemp("template") / "original")
