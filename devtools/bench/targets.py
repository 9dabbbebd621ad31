"""Performance targets, and whether the measurements meet them."""

from collections.abc import Mapping
from dataclasses import dataclass

from devtools.bench import scenarios
from devtools.bench.hot_path import Figures
from devtools.bench.statistics_of_rounds import Spread, ratio


@dataclass(frozen=True)
class TargetResult:
    """One row of the table: a measured value, its baseline and its upper limit."""

    name: str
    baseline: str
    value: Spread
    limit: float
    unit: str = ""

    @property
    def is_met(self) -> bool:
        return self.value.median <= self.limit

    @property
    def status(self) -> str:
        return "met" if self.is_met else "missed"


HOT_PATH = (
    (scenarios.GET_CACHED, scenarios.FRAMEWORK, 0.8),
    (scenarios.LIST_CACHED, scenarios.FRAMEWORK, 0.9),
    (scenarios.ZIPF, scenarios.FRAMEWORK, 1.2),
    (scenarios.GET, scenarios.FETCHROW, 1.5),
    (scenarios.PATCH, scenarios.UPDATE, 2.0),
    (scenarios.PATCH_ALONE, scenarios.UPDATE, 2.5),
    (scenarios.POST, scenarios.INSERT, 2.0),
    (scenarios.POST, scenarios.FRAMEWORK, 5.0),
)


def hot_path_results(figures: Mapping[str, Figures]) -> list[TargetResult]:
    return [
        TargetResult(name, base, ratio(figures[name].cpu_us, figures[base].cpu_us), limit)
        for name, base, limit in HOT_PATH
    ]
