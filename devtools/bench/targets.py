"""What the measurements are held to, and whether they meet it."""

from collections.abc import Mapping
from dataclasses import dataclass

from devtools.bench import subjects
from devtools.bench.hot_path import Figures
from devtools.bench.statistics_of_rounds import Spread, ratio


@dataclass(frozen=True)
class Verdict:
    """One line of the table: what was compared with what, and the most it may be."""

    what: str
    compared_with: str
    value: Spread
    most: float
    unit: str = ""

    @property
    def is_met(self) -> bool:
        return self.value.median <= self.most

    @property
    def word(self) -> str:
        return "met" if self.is_met else "missed"


HOT_PATH = (
    (subjects.GET_CACHED, subjects.FRAMEWORK, 0.8),
    (subjects.LIST_CACHED, subjects.FRAMEWORK, 0.9),
    (subjects.GET, subjects.FETCHROW, 1.0),
    (subjects.PATCH, subjects.UPDATE, 2.0),
    (subjects.POST, subjects.INSERT, 2.0),
    (subjects.POST, subjects.FRAMEWORK, 5.0),
)


def hot_path_verdicts(figures: Mapping[str, Figures]) -> list[Verdict]:
    return [
        Verdict(name, base, ratio(figures[name].cpu_us, figures[base].cpu_us), most)
        for name, base, most in HOT_PATH
    ]
