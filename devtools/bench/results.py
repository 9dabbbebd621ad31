"""All figures of one run, as JSON and as judgements."""

import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from devtools.bench.growth import LISTS, Growth
from devtools.bench.hot_path import Figures
from devtools.bench.messaging import MESSAGES
from devtools.bench.statistics_of_rounds import ratio, spread
from devtools.bench.targets import Verdict, hot_path_verdicts

IMPORT_TARGET, GROWTH_TARGET, READY_TARGET, MEMORY_TARGET = 2.0, 1.3, 1.5, 90.0
RELAY_TARGET, DRAIN_TARGET = 2.0, 30.0


@dataclass
class Results:
    """Seconds of `ready`, `bulk` and `relay`, megabytes of `resident` before and after `served`."""

    command: str
    figures: dict[str, Figures] = field(default_factory=dict)
    growth: Growth | None = None
    bulk: dict[str, list[float]] = field(default_factory=dict)
    bulk_rows: int = 0
    relay: dict[str, list[float]] = field(default_factory=dict)
    ready: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    served: int = 0
    measured_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def verdicts(self) -> list[Verdict]:
        return [
            *hot_path_verdicts(self.figures),
            *self._growth(),
            *self._import(),
            *self._relay(),
            *self._process(),
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "command": self.command,
            "measured_at": self.measured_at.isoformat(timespec="seconds"),
            "machine": machine(),
            "hot_path": [figures.as_json() for figures in self.figures.values()],
            "growth_ms": self.growth.latencies if self.growth else None,
            "bulk_seconds": {"rows": self.bulk_rows, **self.bulk},
            "relay_seconds": {"messages": MESSAGES, **self.relay},
            "ready_seconds": self.ready,
            "resident_megabytes": {"after_requests": self.served, "values": self.resident},
            "verdicts": [
                {"what": each.what, "compared_with": each.compared_with, "most": each.most,
                 "median": each.value.median, "met": each.is_met}
                for each in self.verdicts()
            ],
        }  # fmt: skip

    def _growth(self) -> list[Verdict]:
        if self.growth is None:
            return []
        small, large = self.growth.sizes[0], self.growth.sizes[-1]
        listed = [(case.name, self.growth.latencies[case.name]) for case in LISTS]
        return [
            Verdict(
                f"{name}, {counted(large)} rows",
                f"the same of {counted(small)} rows",
                ratio(latencies[large], latencies[small]),
                GROWTH_TARGET,
            )
            for name, latencies in listed
        ]

    def _import(self) -> list[Verdict]:
        if not self.bulk:
            return []
        name = f"import of {counted(self.bulk_rows)} rows"
        value = ratio(self.bulk["import"], self.bulk["copy"])
        return [Verdict(name, "bare COPY", value, IMPORT_TARGET)]

    def _relay(self) -> list[Verdict]:
        if not self.relay:
            return []
        count = f"{counted(MESSAGES)} messages"
        value = ratio(self.relay["relay"], self.relay["bare"])
        drained = f"{count} sent after the broker's return"
        return [
            Verdict(f"relay of {count}", "bare publishing loop", value, RELAY_TARGET),
            Verdict(drained, "", spread(self.relay["drain"]), DRAIN_TARGET, "s"),
        ]

    def _process(self) -> list[Verdict]:
        memory = f"memory of a worker after {counted(self.served)} requests"
        return [
            Verdict("ready after start", "", spread(self.ready), READY_TARGET, "s"),
            Verdict(memory, "", spread(self.resident[-1:]), MEMORY_TARGET, "MB"),
        ]


def counted(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def machine() -> str:
    model = next(
        (line.split(":")[1].strip() for line in _cpu_lines() if line.startswith("model name")),
        platform.processor(),
    )
    load = median(os.getloadavg())
    return (
        f"{os.cpu_count()} cores of {model}, {platform.system()}, Python"
        f" {platform.python_version()}, load of {load:.1f} at the end"
    )


def _cpu_lines() -> list[str]:
    file = Path("/proc/cpuinfo")
    return file.read_text().splitlines() if file.exists() else []
