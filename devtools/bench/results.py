"""All results of one run, as JSON and compared with the targets."""

import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from devtools.bench.growth import LIST_SCENARIOS, Growth
from devtools.bench.hot_path import Figures
from devtools.bench.messaging import MESSAGES
from devtools.bench.overload import Overload
from devtools.bench.statistics_of_rounds import ratio, spread
from devtools.bench.targets import TargetResult, hot_path_results

IMPORT_RATIO_LIMIT, GROWTH_RATIO_LIMIT, RELAY_RATIO_LIMIT = 2.0, 1.3, 2.0
READY_LIMIT_SECONDS, DRAIN_LIMIT_SECONDS, MEMORY_LIMIT_MB = 1.5, 30.0, 90.0


@dataclass
class Results:
    """`resident_megabytes` holds a worker's memory before and after `request_count` requests."""

    command: str
    figures: dict[str, Figures] = field(default_factory=dict)
    growth: Growth | None = None
    overload: Overload = field(default_factory=Overload)
    import_seconds: dict[str, list[float]] = field(default_factory=dict)
    import_rows: int = 0
    relay_seconds: dict[str, list[float]] = field(default_factory=dict)
    ready_seconds: list[float] = field(default_factory=list)
    resident_megabytes: list[float] = field(default_factory=list)
    request_count: int = 0
    measured_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def target_results(self) -> list[TargetResult]:
        return [
            *hot_path_results(self.figures),
            *self.overload.results(),
            *self._growth_results(),
            *self._import_results(),
            *self._relay_results(),
            *self._worker_results(),
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "command": self.command,
            "measured_at": self.measured_at.isoformat(timespec="seconds"),
            "machine": describe_machine(),
            "hot_path": [figures.as_json() for figures in self.figures.values()],
            "overload": asdict(self.overload),
            "growth_ms": self.growth.latencies if self.growth else None,
            "bulk_seconds": {"rows": self.import_rows, **self.import_seconds},
            "relay_seconds": {"messages": MESSAGES, **self.relay_seconds},
            "ready_seconds": self.ready_seconds,
            "resident_megabytes": {
                "after_requests": self.request_count, "values": self.resident_megabytes
            },
            "verdicts": [
                {"what": each.name, "compared_with": each.baseline, "most": each.limit,
                 "median": each.value.median, "met": each.is_met}
                for each in self.target_results()
            ],
        }  # fmt: skip

    def _growth_results(self) -> list[TargetResult]:
        if self.growth is None:
            return []
        small, large = self.growth.sizes[0], self.growth.sizes[-1]
        list_latencies = [(case.name, self.growth.latencies[case.name]) for case in LIST_SCENARIOS]
        return [
            TargetResult(
                f"{name}, {format_count(large)} rows",
                f"same request, {format_count(small)} rows",
                ratio(latencies[large], latencies[small]),
                GROWTH_RATIO_LIMIT,
            )
            for name, latencies in list_latencies
        ]

    def _import_results(self) -> list[TargetResult]:
        if not self.import_seconds:
            return []
        name = f"import of {format_count(self.import_rows)} rows"
        value = ratio(self.import_seconds["import"], self.import_seconds["copy"])
        return [TargetResult(name, "bare COPY", value, IMPORT_RATIO_LIMIT)]

    def _relay_results(self) -> list[TargetResult]:
        if not self.relay_seconds:
            return []
        count = f"{format_count(MESSAGES)} messages"
        value = ratio(self.relay_seconds["relay"], self.relay_seconds["bare"])
        drained = f"{count} sent after a broker restart"
        return [
            TargetResult(f"relay of {count}", "bare publishing loop", value, RELAY_RATIO_LIMIT),
            TargetResult(
                drained, "", spread(self.relay_seconds["drain"]), DRAIN_LIMIT_SECONDS, "s"
            ),
        ]

    def _worker_results(self) -> list[TargetResult]:
        memory = f"worker memory after {format_count(self.request_count)} requests"
        return [
            TargetResult(
                "time from start to ready", "", spread(self.ready_seconds), READY_LIMIT_SECONDS, "s"
            ),
            TargetResult(memory, "", spread(self.resident_megabytes[-1:]), MEMORY_LIMIT_MB, "MB"),
        ]


def format_count(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def describe_machine() -> str:
    model = next(
        (line.split(":")[1].strip() for line in _cpuinfo_lines() if line.startswith("model name")),
        platform.processor(),
    )
    load = median(os.getloadavg())
    return (
        f"{os.cpu_count()} cores of {model}, {platform.system()}, Python"
        f" {platform.python_version()}, load of {load:.1f} at the end"
    )


def _cpuinfo_lines() -> list[str]:
    file = Path("/proc/cpuinfo")
    return file.read_text().splitlines() if file.exists() else []
