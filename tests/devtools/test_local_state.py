import shutil
import stat
from pathlib import Path

import pytest

from devtools.configuration import read_configuration
from devtools.state import BusyError, DevState


def test_the_secret_is_kept_and_private(tmp_path: Path) -> None:
    secret = DevState(directory=tmp_path).jwt_secret()

    assert DevState(directory=tmp_path).jwt_secret() == secret
    assert len(secret) >= 32
    assert stat.S_IMODE((tmp_path / "jwt_secret").stat().st_mode) == 0o600


def test_state_in_use_is_refused_until_it_is_let_go(tmp_path: Path) -> None:
    state = DevState(directory=tmp_path)

    with state.held(), pytest.raises(BusyError), DevState(directory=tmp_path).held():
        pass

    assert not state.is_held()


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
def test_a_line_of_the_env_file_is_read_as_the_service_reads_it(
    line: str, value: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    file = tmp_path / ".env"
    file.write_text(f"\n{line}\nOTHER=1\n")

    assert read_configuration(file).get("DATABASE_URL") == value


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://from/environment")
    file = tmp_path / ".env"
    file.write_text("DATABASE_URL=postgresql://from/file\n")

    assert read_configuration(file)["DATABASE_URL"] == "postgresql://from/environment"


def test_state_that_came_with_a_copied_folder_is_begun_afresh(tmp_path: Path) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    DevState(directory=original).settle()
    secret = DevState(directory=original).jwt_secret()
    shutil.copytree(original, copy)

    assert DevState(directory=copy).is_a_copy()
    DevState(directory=copy).settle()

    assert not DevState(directory=copy).is_a_copy()
    assert DevState(directory=copy).jwt_secret() != secret
    assert DevState(directory=original).jwt_secret() == secret


def test_state_that_moved_with_its_folder_is_kept(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    DevState(directory=before).settle()
    secret = DevState(directory=before).jwt_secret()
    before.rename(after)

    DevState(directory=after).settle()

    assert DevState(directory=after).jwt_secret() == secret
