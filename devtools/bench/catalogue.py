"""Products for the benchmarks: a file with a real catalogue if there is one, or made here."""

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

FILE = Path("../shared/data/catalogue.csv.gz")
COLUMNS = (
    "sku", "name", "description", "category", "unit", "business_unit", "location", "price",
    "product_type",
)  # fmt: skip
# Enough for the largest import; larger tables repeat the rows with other keys.
MADE_ROWS = 100_000

# In the real catalogue, 38 % of the rows are hardware, and 4 % have "controller" in their text.
_HARDWARE = 38
_MAKERS = ("Acme", "Brightwater", "Cendra", "Dovetail", "Evermore", "Fjord", "Granite", "Halcyon")
_DEVICES = (
    *("Ethernet Adapter", "Display Panel", "Keyboard", "Storage Bridge", "Root Port", "USB Hub"),
    *("Graphics Core", "Audio Codec", "Memory Controller", "Wireless Module"),
)
_PACKAGES = ("library", "documentation", "development files", "command line tool", "plugin")
_TOPICS = ("image", "network", "font", "parser", "archive", "terminal", "music", "matrix", "locale")
_LOCATIONS = ("EU", "US", "APAC", "MEA", "LATAM")


@dataclass(frozen=True)
class Catalogue:
    """CSV with a header. `name` distinguishes the databases that later runs use again."""

    name: str
    content: bytes

    def database(self, size: int) -> str:
        return f"{self.name}_{size}"


def find_or_make_catalogue() -> Catalogue:
    return read_catalogue(FILE) if FILE.exists() else make_catalogue(MADE_ROWS)


def read_catalogue(path: Path) -> Catalogue:
    content = path.read_bytes()
    return Catalogue("listing", gzip.decompress(content) if path.suffix == ".gz" else content)


def make_catalogue(rows: int) -> Catalogue:
    """Make rows that are the same on every machine."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_make_rows(rows))
    return Catalogue("made", text.getvalue().encode())


def _make_rows(count: int) -> Iterator[tuple[object, ...]]:
    # Its methods used here return the same numbers in every version of Python.
    random = Random(1)  # noqa: S311 - not for secrets
    for number in range(count):
        choose = [random.random() for _ in range(5)]
        location, price = _pick(_LOCATIONS, choose[0]), f"{5 * 3000 ** choose[1]:.2f}"
        if choose[2] * 100 < _HARDWARE:
            maker, device = _pick(_MAKERS, choose[3]), _pick(_DEVICES, choose[4])
            name = f"{maker}, Ltd {device} {number:05X}"
            row = (f"PCI-{number:06X}", name, f"{device} {number:05X}", f"{maker}, Ltd", "Device")
            yield (*row, "Infrastructure", location, price, "HW")
        else:
            topic, kind = _pick(_TOPICS, choose[3]), _pick(_PACKAGES, choose[4])
            name = f"lib{topic}-{number} {1 + number % 9}.{number % 17}"
            row = (f"DEB-{number:06X}", name, f"{topic} {kind}", f"{topic}-{kind}", "License")
            yield (*row, "Software", location, price, "SW")


def _pick(choices: tuple[str, ...], fraction: float) -> str:
    return choices[int(fraction * len(choices))]
