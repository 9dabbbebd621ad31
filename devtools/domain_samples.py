"""What `dev.py run` loads and shows of each domain, from `devtools/samples`.

`DOMAIN.csv` holds its first rows, `DOMAIN.http` requests to try: one a line, with who asks, the
method, what follows the domain's own path (`.` for nothing), and perhaps a body, in which
`<random>` is another text each time.
"""

from dataclasses import dataclass
from pathlib import Path

SAMPLES = Path(__file__).with_name("samples")


@dataclass(frozen=True)
class Request:
    role: str
    method: str
    path: str
    body: str = ""


def first_rows() -> dict[str, Path]:
    return {file.stem: file for file in sorted(SAMPLES.glob("*.csv"))}


def requests() -> dict[str, list[Request]]:
    return {file.stem: _read(file) for file in sorted(SAMPLES.glob("*.http"))}


def _read(file: Path) -> list[Request]:
    return [Request(*line.split(" ", 3)) for line in file.read_text().splitlines()]
