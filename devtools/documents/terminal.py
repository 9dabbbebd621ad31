"""Draw a terminal session as SVG: `python -m devtools.documents.terminal TITLE < SESSION > FILE`.

Lines of SESSION that begin with `$ ` are commands, the others are their output.
"""

import io
import re
import sys

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

WIDTH = 104
# Fonts of the viewer's system, so that nothing is loaded from other hosts.
FORMAT = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
    .{unique_id}-matrix {{
        font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
        font-size: {char_height}px; line-height: {line_height}px;
    }}
    .{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
    {styles}
</style>
<defs>
    <clipPath id="{unique_id}-clip-terminal">
        <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
    </clipPath>
    {lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <g class="{unique_id}-matrix">
    {matrix}
    </g>
</g>
</svg>
"""

PROMPT = "$ "
_TOKEN = re.compile(r"(eyJ\w{20})[\w.-]+")


def draw(title: str, session: str) -> str:
    console = Console(width=WIDTH, record=True, file=io.StringIO(), force_terminal=True)
    for line in session.splitlines():
        # Long lines are folded, not cut off.
        console.print(_styled(line), overflow="fold", highlight=False)
    # rich clips the descenders of the last line.
    console.print()
    return console.export_svg(title=title, theme=MONOKAI, code_format=FORMAT, unique_id="terminal")


def _styled(line: str) -> Text:
    text = Text(_TOKEN.sub(r"\1…", line))
    if line.startswith(PROMPT):
        text.stylize("bold")
        text.stylize("green", 0, len(PROMPT))
    text.highlight_regex(r"https?://[^\s'\")]+", "cyan")
    return text


if __name__ == "__main__":
    sys.stdout.write(draw(sys.argv[1], sys.stdin.read()))
