from collections.abc import Iterator

from app.infrastructure.metrics.collecting import Family, MemoryReader, Reading, merge
from app.infrastructure.metrics.memory import MetricMemory
from app.infrastructure.metrics.process_metrics import ProcessMetrics
from app.infrastructure.metrics.slots import Slots


class Collector:
    """Metrics of all workers, as any of them reads them."""

    def __init__(self, *, metrics: ProcessMetrics, memory: MetricMemory, slots: Slots) -> None:
        self._metrics = metrics
        self._own = MemoryReader(memory)
        self._slots = slots
        self._readers: dict[MetricMemory, MemoryReader] = {}

    def sample(self) -> None:
        """Set the gauges of this process."""
        self._metrics.sample()

    def collect(self) -> dict[str, Family]:
        """Return the families by name; raises OSError if the other workers cannot be read."""
        self.sample()
        return merge([self._own.read(is_alive=True), *self._read_others()])

    def _read_others(self) -> Iterator[Reading]:
        for memory, is_alive in self._slots.others():
            reader = self._readers.setdefault(memory, MemoryReader(memory))
            yield reader.read(is_alive=is_alive)
