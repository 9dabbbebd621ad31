"""Definition of the panels of a dashboard."""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["short", "s", "bytes", "percentunit", "reqps", "ops", "dateTimeFromNow"]
"""Names of Grafana; `percentunit` shows 0.5 as 50 %."""


@dataclass(frozen=True)
class Query:
    expression: str
    legend: str = ""


@dataclass(frozen=True, kw_only=True)
class Panel:
    title: str
    description: str
    queries: tuple[Query, ...]
    unit: Unit = "short"
    is_number: bool = False
    """Show the newest value, not its course."""

    width: int = 8
    """Of 24."""


@dataclass(frozen=True)
class Row:
    title: str
    panels: tuple[Panel, ...]


def graph(title: str, unit: Unit, description: str, *queries: Query) -> Panel:
    return Panel(title=title, unit=unit, description=description, queries=queries)


def number(title: str, unit: Unit, description: str, expression: str) -> Panel:
    queries = (Query(expression),)
    return Panel(
        title=title, unit=unit, description=description, queries=queries, is_number=True, width=4
    )
