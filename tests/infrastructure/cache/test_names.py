"""Names of the generation file and of the keys in Redis."""

import tempfile
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.config.settings import Settings
from app.infrastructure.cache.opening import open_cache
from app.infrastructure.redis.key_names import namespace


def names_in(directory: Path) -> set[str]:
    return {file.name for file in directory.iterdir()}


async def new_files(settings: Settings, url: str, directory: Path) -> set[str]:
    own = settings.model_copy(update={"database_url": SecretStr(url)})
    before = names_in(directory)
    async with open_cache(own, None):
        return names_in(directory) - before


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


async def test_the_name_of_the_file_does_not_depend_on_the_credentials(
    settings: Settings, directory: Path
) -> None:
    assert await new_files(settings, "postgresql://me:secret@host:5432/one", directory)
    for url in (
        "postgresql://me:another@host:5432/one",
        "postgresql://you:secret@host:5432/one",
        "postgresql://host:5432/one?user=me&password=secret",
        "postgresql://host:5432/one?sslmode=require",
    ):
        assert not await new_files(settings, url, directory)


async def test_every_database_has_a_file_of_its_own(settings: Settings, directory: Path) -> None:
    for url in (
        "postgresql://me@host:5432/one",
        "postgresql://me@host:5432/two",
        "postgresql://me@host:5433/one",
        "postgresql://me@other:5432/one",
        "postgresql:///one?host=/var/run/postgresql",
    ):
        assert len(await new_files(settings, url, directory)) == 1


@pytest.mark.parametrize(
    ("path", "tag"),
    [("one", "{one}"), ("one?sslmode=require", "{one}"), ("", "{default}"), ("%7D", "{%7D}")],
)
def test_keys_begin_with_the_service_and_share_a_hash_tag(
    settings: Settings, path: str, tag: str
) -> None:
    url = SecretStr(f"postgresql://me@host/{path}")
    own = settings.model_copy(update={"database_url": url, "service_name": "me"})

    assert namespace(own) == f"me:{tag}"


async def test_nothing_is_cached_without_a_temporary_directory(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/place']")

    monkeypatch.setattr("app.infrastructure.cache.generation_table.gettempdir", refuse)

    async with open_cache(settings, None) as cache:
        assert not cache.generations.is_shared

    (line,) = caplog.messages
    assert "/place" in line
    assert len(line.splitlines()) == 1
