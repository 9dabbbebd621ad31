"""`.env` is read in the encodings of common editors, by the service and by `dev.py`, or refused."""

import codecs
from pathlib import Path

import pytest

from app.config.env_file import EnvFileError
from app.config.settings import Settings, SettingsError, load_settings
from devtools.configuration import read_configuration

TEXT = "DATABASE_URL=postgresql://localhost/x\nJWT_SECRET_KEY=pässword\nAUTH_SERVICE_URL=http://x\n"
READABLE = {
    "UTF-8": TEXT.encode(),
    "UTF-8 with a mark": TEXT.encode("utf-8-sig"),
    "UTF-16 little-endian": codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
    "UTF-16 big-endian": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "Windows line ends": TEXT.replace("\n", "\r\n").encode("utf-8-sig"),
}
UNREADABLE = {
    "Latin-1": TEXT.encode("latin-1"),
    "UTF-16 without a mark": TEXT.replace("ä", "a").encode("utf-16-le"),
    "UTF-32": TEXT.encode("utf-32"),
    "half a character": codecs.BOM_UTF16_LE + b"A",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("content", READABLE.values(), ids=READABLE)
def test_the_first_and_every_other_line_is_read(content: bytes) -> None:
    Path(".env").write_bytes(content)

    settings, configuration = load_settings(), read_configuration()

    assert settings.database_url.get_secret_value() == configuration["DATABASE_URL"]
    assert settings.jwt_secret_key.get_secret_value() == configuration["JWT_SECRET_KEY"]
    assert configuration["JWT_SECRET_KEY"] == "pässword"


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_another_encoding_is_refused_with_one_line(content: bytes) -> None:
    Path(".env").write_bytes(content)

    with pytest.raises(SettingsError) as of_service:
        load_settings()
    with pytest.raises(EnvFileError) as of_tools:
        read_configuration()

    line = str(of_service.value)
    assert line == str(of_tools.value)
    assert line.startswith(".env: ")
    assert "UTF-" in line
    assert len(line.splitlines()) == 1
    assert "ssword" not in line


def test_an_env_file_that_cannot_be_read_is_named() -> None:
    Path(".env").mkdir()

    with pytest.raises(SettingsError, match=r"^\.env: cannot be read"):
        load_settings()


def test_an_empty_variable_does_not_hide_the_line_of_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text(TEXT)
    monkeypatch.setenv("DATABASE_URL", "")

    assert load_settings().database_url.get_secret_value() == "postgresql://localhost/x"
    assert read_configuration()["DATABASE_URL"] == "postgresql://localhost/x"
