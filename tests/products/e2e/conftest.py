from collections.abc import Callable
from pathlib import Path

import pytest

from devtools.private_auth import PrivateAuthService
from tests.server import Server, make_environment

MakeServer = Callable[..., Server]


@pytest.fixture
def make_server(database_url: str, auth_service: PrivateAuthService, tmp_path: Path) -> MakeServer:
    def made(*, workers: int = 1, **settings: object) -> Server:
        environment = make_environment(database_url, auth_service.url, tmp_path, **settings)
        return Server(environment=environment, directory=tmp_path, workers=workers)

    return made
