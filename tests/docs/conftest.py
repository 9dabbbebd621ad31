from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from devtools.private_auth import PrivateAuthService
from tests.support.browser import Page, find_chromium, open_page
from tests.support.server import Server, make_environment
from tests.support.settings_and_clients import skip_or_fail


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
        skip_or_fail(pytestconfig, "chromium", "chromium", "the pages are not tested")
    async with open_page(executable, tmp_path / "profile") as page:
        yield page
