import os
from pathlib import Path

import pytest

from app.infrastructure.metrics.collector import Collector
from app.infrastructure.metrics.memory import MetricMemory
from app.infrastructure.metrics.process_metrics import ProcessMetrics
from app.infrastructure.metrics.records import Records
from app.infrastructure.metrics.slots import NoSlots


@pytest.fixture
def memory() -> MetricMemory:
    return MetricMemory.private()


@pytest.fixture
def metrics(memory: MetricMemory) -> ProcessMetrics:
    return ProcessMetrics(Records(memory))


@pytest.fixture
def collector(memory: MetricMemory, metrics: ProcessMetrics) -> Collector:
    return Collector(metrics=metrics, memory=memory, slots=NoSlots())


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / f"service-{os.geteuid()}-group.metrics"
