"""A private RabbitMQ node on random loopback ports, for development and tests.

Debian's start script insists on an account of its own, so the one behind it is run. The node and
its name server (epmd, which would outlive it) die with the thread that started them.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from devtools.ports import LOOPBACK, free_port, is_listening
from devtools.private_server import PrivateServer
from devtools.processes import ServerError, guarded, open_log, stop, wait_until

DEBIAN_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
MEND = "apt install rabbitmq-server"
START_SECONDS = 90
STOP_SECONDS = 30
CONTROL_SECONDS = 30
USER = "developer"
# What a server answers to a client that speaks no AMQP it knows.
_PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"


def find_program(name: str = "rabbitmq-server") -> Path | None:
    """Return the program itself, past Debian's wrapper; None if it is not installed."""
    behind_wrapper = DEBIAN_PROGRAMS / name
    if behind_wrapper.exists():
        return behind_wrapper
    found = shutil.which(name)
    return Path(found) if found else None


class PrivateRabbitMQ(PrivateServer):
    """After `stop` or `kill`, `start` goes on with the same port, password and durable messages."""

    def __init__(self, *, directory: Path) -> None:
        self.port = free_port()
        self._directory = directory.absolute()
        self._epmd_port = free_port()
        self._node_port = free_port()
        self._epmd: subprocess.Popen[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What `RABBITMQ_URL` is to be."""
        return f"amqp://{USER}:{self._password()}@{LOOPBACK}:{self.port}/"

    @property
    def pid(self) -> int:
        return self._running().pid

    def start(self) -> None:
        """Return when the broker speaks AMQP."""
        try:
            self.launch()
            wait_until(
                self._answers, process=self._running(), seconds=START_SECONDS, log=self._output
            )
        except BaseException:
            self.stop()
            raise

    def launch(self) -> None:
        """Start the processes and wait for nothing."""
        self._prepare()
        self._start_name_server()
        self._process = self._spawn(self._program("rabbitmq-server"))

    def stop(self) -> None:
        for process in filter(None, (self._process, self._epmd)):
            stop(process, by=signal.SIGTERM, seconds=STOP_SECONDS)
        self._process = self._epmd = None

    def kill(self) -> None:
        """Crash the broker as `kill -9` would."""
        process = self._running()
        process.kill()
        process.wait()
        self._process = None

    def control(self, *arguments: str) -> str:
        """Run `rabbitmqctl`; returns what it prints."""
        done = subprocess.run(  # noqa: S603 - our own arguments
            [str(self._program("rabbitmqctl")), "--quiet", *arguments],
            env=self._environment(),
            capture_output=True,
            encoding="utf-8",
            timeout=CONTROL_SECONDS,
            check=False,
        )
        if done.returncode:
            raise ServerError(done.stderr.strip() or done.stdout.strip())
        return done.stdout.strip()

    def raise_memory_alarm(self) -> None:
        """Make it stop reading from whoever publishes."""
        self.control("set_vm_memory_high_watermark", "0.000001")

    def clear_memory_alarm(self) -> None:
        self.control("set_vm_memory_high_watermark", "0.6")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServerError("the private RabbitMQ is not running")
        return self._process

    @property
    def _output(self) -> Path:
        return self._directory / "rabbitmq.log"

    def _password(self) -> str:
        return self._kept("password")

    def _node(self) -> str:
        # The data belong to the node of this name.
        return f"rabbit-{self._kept('node')[:8]}@localhost"

    def _kept(self, name: str) -> str:
        """Give a random text, always the same in this directory."""
        file = self._directory / name
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_hex(16))
        return file.read_text()

    def _program(self, name: str) -> Path:
        program = find_program(name)
        if program is None:
            raise ServerError(f"{name} is not installed; mend with: {MEND}")
        return program

    def _prepare(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        configuration = self._directory / "rabbitmq.conf"
        configuration.touch(mode=0o600)
        configuration.write_text("\n".join(self._configuration()))
        (self._directory / "enabled_plugins").write_text("[].")

    def _configuration(self) -> tuple[str, ...]:
        return (
            f"listeners.tcp.1 = {LOOPBACK}:{self.port}",
            f"default_user = {USER}",
            f"default_pass = {self._password()}",
            "log.console = true",
            "log.file = false",
            "log.console.level = warning",
            # A developer's disk may be fuller than the default allows.
            "disk_free_limit.absolute = 50MB",
            "",
        )

    def _environment(self) -> dict[str, str]:
        directory = str(self._directory)
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            # Holds the cookie, which lets nodes and `rabbitmqctl` trust each other.
            "HOME": directory,
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_NODENAME": self._node(),
            "RABBITMQ_DIST_PORT": str(self._node_port),
            "RABBITMQ_CONFIG_FILE": str(self._directory / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._directory / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": directory,
            "RABBITMQ_MNESIA_DIR": str(self._directory / "data"),
            "RABBITMQ_LOG_BASE": directory,
            # Other nodes, too, are spoken to on loopback only; one scheduler is plenty.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1"
            ),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            # The script is to become the node, and not to stay beside it.
            "detached": "yes",
        }

    def _start_name_server(self) -> None:
        if self._epmd is not None:
            return
        epmd = shutil.which("epmd")
        if epmd is None:
            raise ServerError(f"epmd is not installed; mend with: {MEND}")
        self._epmd = self._spawn(Path(epmd))
        wait_until(
            lambda: is_listening(self._epmd_port),
            process=self._epmd,
            seconds=START_SECONDS,
            log=self._output,
        )

    def _spawn(self, program: Path) -> subprocess.Popen[bytes]:
        with open_log(self._output) as log:
            return subprocess.Popen(  # noqa: S603 - our own programs
                guarded([str(program)]),
                cwd=self._directory,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as link:
                link.sendall(_PROTOCOL_HEADER)
                # Connection.Start, in a frame of channel 0.
                return link.recv(3) == b"\x01\x00\x00"
        except OSError:
            return False
