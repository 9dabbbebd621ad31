"""Draw what a command printed: `... | python -m devtools.documents.terminal COMMAND > FILE`."""

import io
import re
import sys

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

WIDTH = 104
# Fonts are the reader's own: nothing is loaded from elsewhere.
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

_TOKEN = re.compile(r"(eyJ\w{20})[\w.-]+")


def draw(command: str, output: str) -> str:
    console = Console(width=WIDTH, record=True, file=io.StringIO(), force_terminal=True)
    console.print(f"[bold green]$[/] [bold]{command}[/]", highlight=False)
    for line in output.splitlines():
        text = Text(_TOKEN.sub(r"\1…", line))
        text.highlight_regex(r"https?://[^\s']+", "cyan")
        console.print(text, no_wrap=True, overflow="ellipsis", highlight=False)
    return console.export_svg(
        title=command, theme=MONOKAI, code_format=FORMAT, unique_id="terminal"
    )


if __name__ == "__main__":
    sys.stdout.write(draw(sys.argv[1], sys.stdin.read()))
