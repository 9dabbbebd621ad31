"""The command line of `dev.py bench`. Standard library only."""

import argparse
from pathlib import Path


def add_bench(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    bench = commands.add_parser("bench", help="measure what requests cost; see docs/PERFORMANCE.md")
    bench.add_argument("--quick", action="store_true", help="minutes less, and no million rows")
    bench.add_argument(
        "--json", type=Path, default=Path(".dev/bench.json"), help="where the raw figures go"
    )
    bench.add_argument("--document", action="store_true", help="rewrite docs/PERFORMANCE.md, too")
