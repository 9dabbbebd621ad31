from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from devtools.private_auth import PrivateAuthService
from tests.docs.browser import Page, find_chromium, opened_page
from tests.server import Server, make_environment
from tests.setup import miss


@pytest.fixture(scope="module")
def server(
    migrated_url: str, auth_service: PrivateAuthService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("service")
    environment = make_environment(migrated_url, auth_service.url, directory)
    with Server(environment=environment, directory=directory) as server:
        yield server


@pytest.fixture
async def page(pytestconfig: pytest.Config, tmp_path: Path) -> AsyncIterator[Page]:
    executable = find_chromium()
    if executable is None:
        miss(pytestconfig, "chromium", "chromium", "nothing shows that the pages work")
    async with opened_page(executable, tmp_path / "profile") as page:
        yield page
