"""Ctrl-C, SIGTERM and a closed terminal during the set-up leave nothing that breaks a start."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from devtools.ports import LOOPBACK, free_port
from devtools.rabbitmq import find_program
from tests.support.dev_clone import READY, DevClone, DevProcess, make_clone, unconfigured

LOCKED = "slow-package==1.0 --hash=sha256:" + 64 * "0" + "\n"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> DevClone:
    return make_clone(tmp_path_factory.mktemp("folder") / "clone")


@pytest.fixture
def clone_without_environment(tmp_path: Path) -> DevClone:
    clone = make_clone(tmp_path / "clone")
    shutil.rmtree(clone.folder / ".venv")
    return clone


@pytest.fixture
def silent_index() -> Iterator[str]:
    """URL of a package index that accepts connections and never responds."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}/simple"


def require_clean_stop(started: DevProcess, by: signal.Signals, *, may_serve: bool = False) -> None:
    assert started.stop(by) in ({0, 128 + by} if may_serve else {128 + by})
    assert "Traceback" not in started.output
    assert started.leftovers() == []


def start_run(clone: DevClone) -> AbstractContextManager[DevProcess]:
    return clone.start("run", "--port", str(free_port()))


# In the order of the set-up: each continues what the previous ones left.
SIGNS = [
    pytest.param(Path("postgres/cluster.new/PG_VERSION"), signal.SIGINT, id="initdb"),
    pytest.param(Path("postgres/cluster/postmaster.pid"), signal.SIGHUP, id="PostgreSQL"),
    pytest.param("Running upgrade", signal.SIGTERM, id="migrate"),
    pytest.param("Started server process", signal.SIGINT, id="service"),
]


@pytest.mark.parametrize(("sign", "by"), SIGNS)
def test_an_interrupted_start_leaves_no_process(
    clone: DevClone, sign: str | Path, by: signal.Signals
) -> None:
    with start_run(clone) as started:
        started.wait_for(clone.folder / ".dev" / sign if isinstance(sign, Path) else sign)

        require_clean_stop(started, by)


@pytest.mark.parametrize("sign", ["rabbitmq.conf", "data"])
def test_an_interrupted_boot_of_rabbitmq_leaves_no_process(clone: DevClone, sign: str) -> None:
    if find_program() is None:
        pytest.skip("RabbitMQ is not installed")
    shutil.rmtree(clone.folder / ".dev" / "rabbitmq", ignore_errors=True)
    with start_run(clone) as started:
        started.wait_for(clone.folder / ".dev" / "rabbitmq" / sign)

        # The broker boots beside the rest: the service may be ready before it.
        require_clean_stop(started, signal.SIGINT, may_serve=True)


def test_a_start_after_interrupted_ones_serves_until_its_terminal_closes(clone: DevClone) -> None:
    controller, terminal = os.openpty()
    log = clone.folder / "terminal.log"
    process = subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, "dev.py", "run", "--port", str(free_port())],
        cwd=clone.folder,
        env=unconfigured(),
        preexec_fn=lambda: os.login_tty(terminal),  # noqa: PLW1509 - the test has no threads
    )
    os.close(terminal)
    try:
        with log.open("wb") as stream:
            while READY.encode() not in log.read_bytes():
                stream.write(os.read(controller, 4096))
                stream.flush()
        os.close(controller)

        assert process.wait(60) == 0
        assert DevProcess(process, log, clone.folder).leftovers() == []
    finally:
        process.kill()
        process.wait()


def test_an_interrupted_creation_of_the_environment_is_repeated(
    clone_without_environment: DevClone,
) -> None:
    clone = clone_without_environment
    (clone.folder / "requirements.txt").write_text("# nothing\n")
    with clone.start("token") as started:
        started.wait_for(clone.folder / ".venv" / "bin" / "python")

        require_clean_stop(started, signal.SIGINT)
    assert not (clone.folder / ".venv" / ".requirements").exists()

    with clone.start("token") as started:
        started.process.wait()

    assert (clone.folder / ".venv" / ".requirements").exists()
    pip = [str(clone.folder / ".venv" / "bin" / "python"), "-m", "pip", "--version"]
    subprocess.run(pip, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_installation_leaves_no_process(
    silent_index: str, by: signal.Signals, tmp_path: Path
) -> None:
    other = make_clone(tmp_path / "clone")
    (other.folder / "requirements.txt").write_text(LOCKED)
    with other.start("token", environment={"PIP_INDEX_URL": silent_index}) as started:
        _wait_for_pip(started)

        require_clean_stop(started, by)
    # The environment is incomplete, and the next start creates it again.
    assert not (other.folder / ".venv" / ".requirements").exists()


def _wait_for_pip(started: DevProcess) -> None:
    while not any("pip install" in process for process in started.leftovers()):
        assert started.process.poll() is None, started.output
