"""Render horizontal bar charts as SVG, without a library."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

FONT = 'font-family="sans-serif" font-size="13"'
# Pixels.
ROW_HEIGHT, BAR_HEIGHT, TOP = 26, 16, 56
LABEL_WIDTH, PLOT_WIDTH, VALUE_WIDTH = 380, 400, 230
WIDTH = LABEL_WIDTH + PLOT_WIDTH + VALUE_WIDTH
BLUE, GREY, GREEN, RED = "#3b6ea5", "#9aa5b1", "#2e8540", "#b5332e"

_TITLE, _SUBTITLE = 'font-size="16" font-weight="bold"', 'fill="#555"'


class Bar(NamedTuple):
    """Bar with an optional whisker from `low` to `high` and an optional line at `target`."""

    label: str
    value: float
    note: str
    colour: str = BLUE
    low: float | None = None
    high: float | None = None
    target: float | None = None


@dataclass(frozen=True, kw_only=True)
class BarChart:
    """Chart with one row per bar: label, bar, value."""

    title: str
    subtitle: str
    bars: Sequence[Bar]

    def svg(self) -> str:
        height = TOP + ROW_HEIGHT * len(self.bars) + 12
        rows = "\n".join(self._row(number, bar) for number, bar in enumerate(self.bars))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
            f' width="{WIDTH}" height="{height}" {FONT}>\n'
            f"{_rect(0, 0, WIDTH, height, 'white')}\n"
            f"{_text(12, 18, self.title, _TITLE)}\n"
            f"{_text(12, 38, self.subtitle, _SUBTITLE)}\n"
            f"{rows}\n</svg>\n"
        )

    def _row(self, number: int, bar: Bar) -> str:
        top = TOP + ROW_HEIGHT * number
        middle = top + ROW_HEIGHT / 2
        parts = [
            _text(LABEL_WIDTH - 10, middle, bar.label, 'text-anchor="end"'),
            _rect(
                LABEL_WIDTH,
                middle - BAR_HEIGHT / 2,
                self._length(bar.value),
                BAR_HEIGHT,
                bar.colour,
            ),
            _text(LABEL_WIDTH + PLOT_WIDTH + 10, middle, bar.note),
        ]
        if bar.low is not None and bar.high is not None:
            parts.append(self._line(bar.low, bar.high, middle))
        if bar.target is not None:
            x = LABEL_WIDTH + self._length(bar.target)
            bottom = top + ROW_HEIGHT - 1
            parts.append(f'<path d="M{x:.1f} {top + 1}V{bottom}" stroke="black" stroke-width="2"/>')
        return "\n".join(parts)

    def _line(self, low: float, high: float, y: float) -> str:
        start, end = (LABEL_WIDTH + self._length(value) for value in (low, high))
        return f'<path d="M{start:.1f} {y:.0f}H{end:.1f}" stroke="#222" stroke-width="1.5"/>'

    def _length(self, value: float) -> float:
        longest = max(max(bar.value, bar.high or 0, bar.target or 0) for bar in self.bars)
        return min(PLOT_WIDTH * value / longest, PLOT_WIDTH)


def _text(x: float, middle: float, text: str, style: str = "") -> str:
    return f'<text x="{x:g}" y="{middle + 4:g}" {style}>{escape(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:.1f}" height="{height:g}" fill="{fill}"/>'
