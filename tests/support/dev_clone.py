"""A folder in which `dev.py` runs as in a clone, with the packages of the current environment."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devtools.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
READY = "Ctrl-C stops everything"
# Only a hang takes this long, also on a machine under load.
SECONDS = 300
_SERVERS = ("DATABASE_URL", "REDIS_URL", "RABBITMQ_URL", "AUTH_SERVICE_URL", "JWT_SECRET_KEY")


@dataclass(frozen=True)
class DevClone:
    folder: Path

    def dev(
        self,
        *arguments: str,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        answer: str = "",
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - ours
            [sys.executable, str(self.folder / "dev.py"), *arguments],
            cwd=cwd or self.folder,
            env=unconfigured(environment),
            input=answer,
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )

    @contextmanager
    def start(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        ignored: signal.Signals | None = None,
    ) -> Iterator["DevProcess"]:
        """Start `dev.py`, which ignores a signal as after `nohup`; kill it in the end."""
        ignore = f"trap '' {ignored.name[3:]}; " if ignored else ""
        log = self.folder / "output.log"
        with log.open("w") as stream:
            process = subprocess.Popen(  # noqa: S603 - ours
                ["/bin/sh", "-c", f'{ignore}exec "$@"', "-", sys.executable, "dev.py", *arguments],
                cwd=self.folder,
                env=unconfigured(environment),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started = DevProcess(process, log, self.folder)
        try:
            yield started
        finally:
            process.kill()
            process.wait()

    @contextmanager
    def run(
        self,
        *options: str,
        environment: Mapping[str, str] | None = None,
        ignored: signal.Signals | None = None,
    ) -> Iterator["DevProcess"]:
        """Start `dev.py run` and wait until it serves."""
        arguments = ("run", "--port", str(free_port()), *options)
        with self.start(*arguments, environment=environment, ignored=ignored) as started:
            started.wait_for(READY)
            yield started


@dataclass(frozen=True)
class DevProcess:
    process: "subprocess.Popen[bytes]"
    log: Path
    folder: Path

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for(self, sign: str | Path) -> None:
        """Wait for a text in the output, or until a file exists."""
        self.wait_until(lambda: sign.exists() if isinstance(sign, Path) else sign in self.output)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.01)

    def stop(self, by: signal.Signals) -> int:
        """Send the signal to this process only. Return the exit status."""
        self.process.send_signal(by)
        return self.process.wait(SECONDS)

    def leftovers(self) -> list[str]:
        return [
            text for text in map(_describe, Path("/proc").glob("[0-9]*")) if self._is_ours(text)
        ]

    def _is_ours(self, description: str) -> bool:
        return str(self.folder) in description


def _describe(process: Path) -> str:
    """Return the arguments and the working directory of a process."""
    try:
        arguments = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return f"{arguments} in {(process / 'cwd').readlink()}"
    except OSError:
        return ""


def unconfigured(added: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a newcomer, without settings that name servers."""
    kept = {name: value for name, value in os.environ.items() if name not in _SERVERS}
    return kept | dict(added or {})


def make_clone(folder: Path) -> DevClone:
    """Create a clone; its environment is complete, so that nothing is installed."""
    folder.mkdir(parents=True)
    for name in ("app", "migrations", "deploy"):
        (folder / name).symlink_to(ROOT / name)
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "devtools", folder / "devtools", ignore=skipped)
    for name in ("dev.py", "requirements.txt", ".env.example"):
        shutil.copy2(ROOT / name, folder / name)
    _make_environment(folder)
    return DevClone(folder)


def _make_environment(folder: Path) -> None:
    """Create `.venv` with the packages of the current one, which nothing can change from there."""
    venv = folder / ".venv"
    packages = venv / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "current.pth").write_text(sysconfig.get_path("purelib"))
    (venv / "bin").mkdir()
    base = Path(sys._base_executable)  # type: ignore[attr-defined]  # noqa: SLF001 - as `venv` does
    (venv / "bin" / "python").symlink_to(base)
    (venv / "pyvenv.cfg").write_text(f"home = {base.parent}\n")
    code = "from devtools import environment as e; e.STAMP.write_text(e._fingerprint())"
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)  # noqa: S603 - ours
