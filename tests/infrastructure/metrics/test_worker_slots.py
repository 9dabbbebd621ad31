"""Workers share their metrics in a directory, and outlive each other."""

import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.infrastructure.metrics import worker_group
from app.infrastructure.metrics.worker_slots import WorkerSlots
from tests.support.metrics_worker import Worker
from tests.support.server import ROOT

WORKER = """
import sys
from pathlib import Path
from app.infrastructure.metrics.process_metrics import ProcessMetrics
from app.infrastructure.metrics.records import Records
from app.infrastructure.metrics.worker_slots import WorkerSlots
slots = WorkerSlots(Path(sys.argv[1]))
metrics = ProcessMetrics(Records(slots.join()))
metrics.increment("auth_verdicts_total", 5, outcome="accepted")
metrics.observe("message_lag_seconds", 2)
metrics.set_gauge("requests_running", 3)
slots.take_role("port")
print("joined", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def process(directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", WORKER, str(directory)]
    with subprocess.Popen(  # noqa: S603 - our own code
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"joined\n"
        yield process
        process.kill()


def test_any_worker_reads_the_metrics_of_all(directory: Path) -> None:
    workers = [Worker(directory) for _ in range(3)]
    for number, worker in enumerate(workers, start=1):
        worker.metrics.increment("auth_verdicts_total", number, outcome="accepted")
        worker.metrics.observe("message_lag_seconds", number)
        worker.metrics.set_gauge("requests_running", number)
        worker.metrics.set_gauge("outbox_messages", number, state="dead")
        worker.metrics.set_gauge("dependency_up", number > 1, dependency="cache")

    for worker in workers:
        assert worker.collect("auth_verdicts_total") == {("accepted",): [6]}
        assert sum(worker.collect("message_lag_seconds")[()]) == 3 + 6
        assert worker.collect("requests_running") == {(): [6]}
        assert worker.collect("outbox_messages") == {("dead",): [3]}
        assert worker.collect("dependency_up") == {("cache",): [0]}
    for worker in workers:
        worker.slots.leave()


def test_what_is_counted_after_a_reading_is_in_the_next_one(directory: Path) -> None:
    one, other = Worker(directory), Worker(directory)
    assert one.collect("auth_verdicts_total") == {}

    other.metrics.increment("auth_verdicts_total", outcome="accepted")
    assert one.collect("auth_verdicts_total") == {("accepted",): [1]}
    other.metrics.increment("auth_verdicts_total", outcome="accepted")
    other.metrics.increment("auth_verdicts_total", outcome="refused")

    assert one.collect("auth_verdicts_total") == {("accepted",): [2], ("refused",): [1]}
    one.slots.leave()
    other.slots.leave()


def test_a_killed_worker_leaves_its_counts_but_not_its_gauges(
    directory: Path, process: subprocess.Popen[bytes]
) -> None:
    worker = Worker(directory)
    assert worker.collect("requests_running") == {(): [3]}

    process.send_signal(signal.SIGKILL)
    process.wait()

    assert worker.collect("auth_verdicts_total") == {("accepted",): [5]}
    assert worker.collect("requests_running") == {}
    worker.slots.leave()


def test_a_successor_goes_on_with_the_counts_of_a_killed_worker(
    directory: Path, process: subprocess.Popen[bytes]
) -> None:
    other = Worker(directory)
    process.send_signal(signal.SIGKILL)
    process.wait()

    successor = Worker(directory)
    successor.metrics.increment("auth_verdicts_total", outcome="accepted")

    assert {file.name for file in directory.glob("*.slot")} == {"0.slot", "1.slot"}
    for worker in (other, successor):
        assert worker.collect("auth_verdicts_total") == {("accepted",): [6]}
        assert worker.collect("requests_running") == {}
    successor.metrics.gauge("requests_running").add(1)
    assert other.collect("requests_running") == {(): [1]}
    other.slots.leave()
    successor.slots.leave()


def test_a_role_passes_on_when_its_worker_is_killed(
    directory: Path, process: subprocess.Popen[bytes]
) -> None:
    one, other = Worker(directory), Worker(directory)
    assert not one.slots.take_role("port")

    process.send_signal(signal.SIGKILL)
    process.wait()

    assert one.slots.take_role("port")
    assert not other.slots.take_role("port")
    one.slots.leave()
    assert other.slots.take_role("port")
    other.slots.leave()


def test_the_last_worker_removes_the_directory(directory: Path) -> None:
    one, other = Worker(directory), Worker(directory)
    one.metrics.increment("auth_verdicts_total", outcome="accepted")

    one.slots.leave()
    assert other.collect("auth_verdicts_total") == {("accepted",): [1]}
    other.slots.leave()

    assert not directory.exists()


def test_counting_after_the_end_harms_nobody(directory: Path) -> None:
    worker = Worker(directory)
    worker.slots.leave()

    for number in range(1000):
        worker.metrics.increment("redis_failures_total", error=str(number))
        worker.metrics.increment("auth_verdicts_total", outcome=str(number))

    assert not directory.exists()


def test_only_the_user_can_read_the_metrics(directory: Path) -> None:
    worker = Worker(directory)

    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in directory.iterdir()} == {0o600}
    worker.slots.leave()


def test_a_directory_that_others_can_use_is_refused(directory: Path) -> None:
    directory.mkdir(mode=0o777)
    directory.chmod(0o777)

    with pytest.raises(PermissionError):
        WorkerSlots(directory).join()


def test_a_link_in_the_place_of_the_directory_is_refused(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    directory.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(PermissionError):
        WorkerSlots(directory).join()


def test_what_killed_workers_have_left_is_removed_by_the_next_process(
    monkeypatch: pytest.MonkeyPatch, directory: Path, process: subprocess.Popen[bytes]
) -> None:
    monkeypatch.setattr(worker_group, "gettempdir", lambda: str(directory.parent))
    slots, _ = worker_group.join_worker_group("service")
    slots.leave()
    assert directory.exists(), "its worker lives"

    process.send_signal(signal.SIGKILL)
    process.wait()
    slots, _ = worker_group.join_worker_group("service")
    slots.leave()

    assert list(directory.parent.iterdir()) == []
