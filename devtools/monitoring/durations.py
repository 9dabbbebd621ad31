"""Durations in PromQL."""

import re
from collections.abc import Callable
from typing import TypeAlias

Shorten: TypeAlias = Callable[[str], str]
"""Changes a duration such as `5m`."""

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(?<=[\[ ])\d+[smhd]\b")


def unchanged(duration: str) -> str:
    return duration


def shortened_by(factor: float) -> Shorten:
    """Divide durations, so that a test of rules takes seconds instead of hours."""

    def shorten(duration: str) -> str:
        seconds = int(duration[:-1]) * _SECONDS[duration[-1]]
        return f"{max(1, round(1000 * seconds / factor))}ms"

    return shorten


def with_durations(expression: str, shorten: Shorten) -> str:
    """Change the ranges and the offsets of an expression."""
    return _DURATION.sub(lambda found: shorten(found[0]), expression)
