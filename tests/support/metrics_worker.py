from pathlib import Path

from app.infrastructure.metrics.collecting import Family
from app.infrastructure.metrics.collector import Collector
from app.infrastructure.metrics.process_metrics import ProcessMetrics
from app.infrastructure.metrics.records import Records
from app.infrastructure.metrics.worker_slots import WorkerSlots


class Worker:
    """A worker in the test process."""

    def __init__(self, directory: Path) -> None:
        self.slots = WorkerSlots(directory)
        memory = self.slots.join()
        self.metrics = ProcessMetrics(Records(memory))
        self._collector = Collector(metrics=self.metrics, memory=memory, slots=self.slots)

    def collect(self, name: str) -> Family:
        return self._collector.collect().get(name, {})
