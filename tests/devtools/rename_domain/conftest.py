import pytest

from devtools.postgres import PrivatePostgres


@pytest.fixture
def empty_url(postgres: PrivatePostgres) -> str:
    postgres.query('DROP DATABASE IF EXISTS "renamed"')
    return postgres.create_database("renamed")
