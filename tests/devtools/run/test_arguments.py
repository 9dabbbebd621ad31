"""Wrong arguments, places and platforms end `dev.py` with one line."""

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.arguments import with_absolute_paths
from devtools.file_errors import describe_file_error
from devtools.ports import LOOPBACK, free_port, require_free_port
from devtools.processes import ServerError
from tests.support.dev_clone import DevClone, make_clone

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> DevClone:
    return make_clone(tmp_path_factory.mktemp("folder") / "clone")


@pytest.fixture
def used_port() -> Iterator[int]:
    with socket.create_server((LOOPBACK, 0)) as listener:
        yield listener.getsockname()[1]


ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - closed at once
UNUSABLE_HOSTS = ["nosuch.invalid", "1.2.3.4", "a..b", "x" * 70 + ".test", "::1%no"]
PORT_RANGE, WORKER_RANGE = "must be a number from 1 to 65535", "must be a number from 1 to 64"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        *((["run", "--port", text], PORT_RANGE) for text in ("abc", "0", "99999", "-1", "", "8e3")),
        *((["run", "--workers", text], WORKER_RANGE) for text in ("0", "-1", "abc", "65", "1.5")),
        (["doctor", "--port", "x"], PORT_RANGE),
        (["run", "--colour"], "unrecognized arguments: --colour"),
        (["new-service", "x"], "required: --name, --port"),
    ],
)
def test_a_wrong_argument_is_one_line(clone: DevClone, arguments: list[str], reason: str) -> None:
    shown = clone.dev(*arguments)

    assert (shown.returncode, shown.stdout) == (2, "")
    (line,) = shown.stderr.splitlines()
    assert line.startswith("dev.py")
    assert reason in line


@pytest.mark.parametrize(("typed", "meant"), [("rnu", "run"), ("docter", "doctor"), ("?", "")])
def test_an_unknown_command_is_answered_with_the_commands(
    clone: DevClone, typed: str, meant: str
) -> None:
    shown = clone.dev(typed)

    first, second = shown.stderr.splitlines()
    assert shown.returncode == 2
    assert first.endswith(f"; did you mean {meant}?" if meant else f"unknown command {typed!r}")
    assert "run, app, psql, env, top, test, doctor" in second


def test_windows_is_refused_in_one_line_without_its_missing_modules() -> None:
    code = """
import runpy, sys
for name in ("fcntl", "pwd", "grp", "termios"):
    sys.modules[name] = None
sys.platform, sys.argv = "win32", ["dev.py", "run"]
runpy.run_path("dev.py", run_name="__main__")
"""
    shown = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert shown.returncode == 1
    assert shown.stderr.splitlines() == [
        "dev.py supports Linux, macOS and WSL 2; on Windows, run it in WSL 2"
    ]


@pytest.mark.parametrize("host", UNUSABLE_HOSTS)
def test_a_host_on_which_nothing_can_listen_is_named(host: str) -> None:
    with pytest.raises(ServerError) as raised:
        require_free_port(host, free_port(), wait_seconds=0)

    assert host in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("host", ["", "localhost", ANY_ADDRESS, "::", "::1"])
def test_addresses_of_this_machine_are_accepted(host: str) -> None:
    require_free_port(host, free_port(), wait_seconds=0)


def test_a_port_in_use_is_named(used_port: int) -> None:
    with pytest.raises(ServerError, match=f"port {used_port} is in use .* --port"):
        require_free_port("localhost", used_port, wait_seconds=0)


@pytest.mark.parametrize(
    "variable",
    [
        *("PYTHONPATH", "PYTHONSAFEPATH", "PIP_USER", "PIP_TARGET"),
        *("PIP_REQUIRE_VIRTUALENV", "VIRTUAL_ENV", "UV_TARGET", "UV_PYTHON"),
    ],
)
def test_variables_of_other_environments_do_not_matter(
    clone: DevClone, variable: str, tmp_path: Path
) -> None:
    foreign = tmp_path / "foreign"
    (foreign / "devtools").mkdir(parents=True)
    (foreign / "pydantic.py").write_text("raise SystemExit('the wrong package')\n")

    shown = clone.dev("env", environment={variable: str(foreign)})

    assert shown.stderr.startswith("`dev.py run` is not running")


def test_the_home_of_another_python_does_not_hide_the_packages(clone: DevClone) -> None:
    shown = clone.dev("env", environment={"PYTHONHOME": sys.base_prefix})

    assert shown.stderr.startswith("`dev.py run` is not running")


def test_a_new_environment_is_created_despite_pip_settings(tmp_path: Path) -> None:
    clone = make_clone(tmp_path / "clone")
    (clone.folder / ".venv" / ".requirements").unlink()
    (clone.folder / "requirements.txt").write_text("# nothing\n")
    elsewhere = tmp_path / "elsewhere"
    settings = {"PIP_USER": "1", "PIP_TARGET": str(elsewhere), "PIP_REQUIRE_VIRTUALENV": "1"}

    clone.dev("env", environment=settings)

    assert (clone.folder / ".venv" / ".requirements").exists()
    assert not elsewhere.exists()


def test_a_strict_umask_does_not_lock_out_the_owner(tmp_path: Path) -> None:
    clone = make_clone(tmp_path / "clone")
    before = os.umask(0o777)
    try:
        shown = clone.dev("token")
    finally:
        os.umask(before)

    assert "the development auth service is not running" in shown.stderr
    assert (clone.folder / ".dev" / "place").stat().st_mode & 0o600 == 0o600


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_a_file_that_cannot_be_written_is_one_line_with_a_fix(number: int) -> None:
    text = describe_file_error(OSError(number, os.strerror(number), "/clone/.dev"))

    assert text.startswith(f"{os.strerror(number)} (/clone/.dev); fix: ")


def test_other_errors_keep_their_traceback() -> None:
    with pytest.raises(IsADirectoryError):
        describe_file_error(IsADirectoryError(errno.EISDIR, "Is a directory"))


def test_a_clone_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    clone = make_clone(tmp_path / "clone")
    # Also the superuser cannot write there.
    (clone.folder / ".dev").symlink_to("/sys/kernel")

    shown = clone.dev("run")

    (line,) = shown.stderr.splitlines()
    assert shown.returncode == 1
    assert "fix: use a clone in a folder that you may write to" in line


@pytest.mark.parametrize(
    ("given", "resolved"),
    [
        (["import", "a.csv"], ["import", "/here/a.csv"]),
        (["import", "--dry-run", "../a.csv"], ["import", "--dry-run", "/a.csv"]),
        (["import", "-"], ["import", "-"]),
        (["import", "/a.csv", "--resource", "x"], ["import", "/a.csv", "--resource", "x"]),
        (["import", "a", "--rejected", "b"], ["import", "/here/a", "--rejected", "/here/b"]),
        (["import", "a", "--rejected=b"], ["import", "/here/a", "--rejected=/here/b"]),
        (["outbox", "purge", "a.csv"], ["outbox", "purge", "a.csv"]),
    ],
)
def test_paths_of_an_import_are_resolved(
    given: list[str], resolved: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    found = with_absolute_paths(["app", *given])

    assert [
        text.replace(str(here.resolve()), "/here").replace(str(tmp_path.resolve()), "")
        for text in found
    ] == ["app", *resolved]
