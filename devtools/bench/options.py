"""Command line of `dev.py bench`. Standard library only."""

import argparse
from pathlib import Path


def add_bench(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    bench = commands.add_parser("bench", help="run the benchmarks; see docs/PERFORMANCE.md")
    bench.add_argument(
        "--quick", action="store_true", help="fewer rounds, and no table of a million rows"
    )
    bench.add_argument(
        "--json", type=Path, default=Path(".dev/bench.json"), help="output file for the raw figures"
    )
    bench.add_argument("--document", action="store_true", help="also update docs/PERFORMANCE.md")
