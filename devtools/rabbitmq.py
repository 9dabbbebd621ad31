"""Private RabbitMQ node on random loopback ports, for development and tests.

Debian's start script requires the account `rabbitmq`, so run the script that it wraps. The node and
its port mapper (epmd, which would outlive it) stop when the thread that started them ends.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from devtools.ports import LOOPBACK, free_port, is_listening, speaks_amqp
from devtools.private_server import PrivateServer
from devtools.processes import ServerError, die_with_parent, open_log, stop, wait_until
from devtools.rabbitmq_directory import USER, RabbitMQDirectory

DEBIAN_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
INSTALL_COMMAND = "apt install rabbitmq-server"
START_SECONDS = 90
STOP_SECONDS = 30
BOOT_STOP_SECONDS = 1
# It starts an Erlang machine, which takes long on a busy one.
RABBITMQCTL_TIMEOUT_SECONDS = 120


def find_program(name: str = "rabbitmq-server") -> Path | None:
    """Return the program behind Debian's wrapper. None if it is not installed."""
    unwrapped = DEBIAN_PROGRAMS / name
    if unwrapped.exists():
        return unwrapped
    found = shutil.which(name)
    return Path(found) if found else None


class PrivateRabbitMQ(PrivateServer):
    """RabbitMQ node. A restart keeps the port, the password and durable messages."""

    def __init__(self, *, directory: Path) -> None:
        self.port = free_port()
        self._directory = RabbitMQDirectory(directory.absolute())
        self._epmd_port = free_port()
        self._node_port = free_port()
        self._epmd: subprocess.Popen[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._was_ready = False

    @property
    def url(self) -> str:
        """Value for `RABBITMQ_URL`."""
        return f"amqp://{USER}:{self._directory.password()}@{LOOPBACK}:{self.port}/"

    @property
    def pid(self) -> int:
        return self._running_process().pid

    def start(self) -> None:
        """Start the broker and wait until it speaks AMQP."""
        try:
            self.launch()
            wait_until(
                self.is_ready,
                process=self._running_process(),
                seconds=START_SECONDS,
                log=self.log,
            )
        except BaseException:
            self.stop()
            raise

    def launch(self) -> None:
        """Start the processes without waiting until the broker is ready."""
        self._directory.prepare(self.port)
        self._start_epmd()
        self._was_ready = False
        self._process = self._spawn(self._program("rabbitmq-server"))

    def stop(self) -> None:
        """Stop the broker; one that still boots may ignore the signal, and is soon killed."""
        seconds = STOP_SECONDS if self._was_ready or self.is_ready() else BOOT_STOP_SECONDS
        for process in filter(None, (self._process, self._epmd)):
            stop(process, by=signal.SIGTERM, seconds=seconds)
        self._process = self._epmd = None

    def kill(self) -> None:
        """Crash the broker as `kill -9` would."""
        process = self._running_process()
        process.kill()
        process.wait()
        self._process = None

    def run_rabbitmqctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl` and return its output."""
        result = subprocess.run(  # noqa: S603 - our own arguments
            [str(self._program("rabbitmqctl")), "--quiet", *arguments],
            env=self._environment(),
            capture_output=True,
            encoding="utf-8",
            timeout=RABBITMQCTL_TIMEOUT_SECONDS,
            check=False,
        )
        if result.returncode:
            raise ServerError(result.stderr.strip() or result.stdout.strip())
        return result.stdout.strip()

    def raise_memory_alarm(self) -> None:
        """Raise the memory alarm: the broker blocks publishing connections."""
        self.run_rabbitmqctl("set_vm_memory_high_watermark", "0.000001")

    def clear_memory_alarm(self) -> None:
        self.run_rabbitmqctl("set_vm_memory_high_watermark", "0.6")

    def _running_process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServerError("the private RabbitMQ is not running")
        return self._process

    @property
    def exit_status(self) -> int | None:
        """Return None while the broker runs."""
        return self._running_process().poll()

    @property
    def log(self) -> Path:
        return self._directory.log

    def _program(self, name: str) -> Path:
        program = find_program(name)
        if program is None:
            raise ServerError(f"{name} is not installed; fix: {INSTALL_COMMAND}")
        return program

    def _environment(self) -> dict[str, str]:
        directory = str(self._directory.path)
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            # HOME holds the Erlang cookie, with which `rabbitmqctl` authenticates to the node.
            "HOME": directory,
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_NODENAME": self._directory.node(),
            "RABBITMQ_DIST_PORT": str(self._node_port),
            "RABBITMQ_CONFIG_FILE": f"{directory}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{directory}/enabled_plugins",
            "RABBITMQ_MNESIA_BASE": directory,
            "RABBITMQ_MNESIA_DIR": str(self._directory.data),
            "RABBITMQ_LOG_BASE": directory,
            # Bind inter-node communication to loopback; one scheduler is enough.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1"
            ),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            # Makes the script `exec` the node instead of staying its parent.
            "detached": "yes",
        }

    def _start_epmd(self) -> None:
        if self._epmd is not None:
            return
        epmd = shutil.which("epmd")
        if epmd is None:
            raise ServerError(f"epmd is not installed; fix: {INSTALL_COMMAND}")
        self._epmd = self._spawn(Path(epmd))
        wait_until(
            lambda: is_listening(self._epmd_port),
            process=self._epmd,
            seconds=START_SECONDS,
            log=self.log,
        )

    def _spawn(self, program: Path) -> subprocess.Popen[bytes]:
        with open_log(self.log) as log:
            return subprocess.Popen(  # noqa: S603 - our own programs
                die_with_parent([str(program)]),
                cwd=self._directory.path,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def is_ready(self) -> bool:
        """Return True if the broker speaks AMQP."""
        is_ready = speaks_amqp(self.port)
        if is_ready and not self._was_ready:
            self._was_ready = True
            self._directory.record_ready()
        return is_ready
