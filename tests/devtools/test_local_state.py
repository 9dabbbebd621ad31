"""Local state is locked, private to its owner and not shared with a copied folder."""

import shutil
import stat
from pathlib import Path

import pytest

from devtools.configuration import read_configuration
from devtools.state import BusyError, DevState


def test_the_secret_is_stored_with_mode_600(tmp_path: Path) -> None:
    secret = DevState(directory=tmp_path).jwt_secret()

    assert DevState(directory=tmp_path).jwt_secret() == secret
    assert len(secret) >= 32
    assert stat.S_IMODE((tmp_path / "jwt_secret").stat().st_mode) == 0o600


def test_locked_state_cannot_be_locked_again_until_it_is_released(tmp_path: Path) -> None:
    state = DevState(directory=tmp_path)

    with state.lock(), pytest.raises(BusyError), DevState(directory=tmp_path).lock():
        pass

    assert not state.is_locked()


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("DATABASE_URL=postgresql://a/b", "postgresql://a/b"),
        ('export DATABASE_URL = "postgresql://a/b" # mine', "postgresql://a/b"),
        ("database_url='postgresql://a/b'", "postgresql://a/b"),
        ("DATABASE_URL=postgresql://a/b#c # mine", "postgresql://a/b#c"),
        ("DATABASE_URL=", None),
        ("# DATABASE_URL=postgresql://a/b", None),
    ],
)
def test_a_line_of_the_env_file_is_parsed_as_in_the_service(
    line: str, value: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    file = tmp_path / ".env"
    file.write_text(f"\n{line}\nOTHER=1\n")

    assert read_configuration(file).get("DATABASE_URL") == value


def test_the_environment_overrides_the_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://from/environment")
    file = tmp_path / ".env"
    file.write_text("DATABASE_URL=postgresql://from/file\n")

    assert read_configuration(file)["DATABASE_URL"] == "postgresql://from/environment"


def test_copied_state_is_deleted_while_the_original_exists(tmp_path: Path) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    DevState(directory=original).discard_if_copied()
    secret = DevState(directory=original).jwt_secret()
    shutil.copytree(original, copy)

    assert DevState(directory=copy).is_a_copy()
    DevState(directory=copy).discard_if_copied()

    assert not DevState(directory=copy).is_a_copy()
    assert DevState(directory=copy).jwt_secret() != secret
    assert DevState(directory=original).jwt_secret() == secret


def test_state_in_a_renamed_folder_is_reused(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    DevState(directory=before).discard_if_copied()
    secret = DevState(directory=before).jwt_secret()
    before.rename(after)

    DevState(directory=after).discard_if_copied()

    assert DevState(directory=after).jwt_secret() == secret


@pytest.mark.parametrize("mode", [None, 0o755])
def test_only_its_user_may_enter_the_local_state(mode: int | None, tmp_path: Path) -> None:
    directory = tmp_path / ".dev"
    if mode is not None:
        directory.mkdir(mode=mode)

    DevState(directory=directory)

    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
