"""Tidy imports with ruff, if it is installed. Standard library only."""

import shutil
import subprocess
import sys
from pathlib import Path

SORT, REMOVE_UNUSED = "I", "I,F401"


def tidy_imports(root: Path, paths: list[Path], rules: str = SORT) -> None:
    """Apply the rules to the imports of the files, and format the files."""
    if paths and (ruff := find_ruff(root)):
        for command in (["check", "--fix-only", "--select", rules], ["format"]):
            arguments: list[str | Path] = [ruff, *command, "--quiet", "--no-cache", *paths]
            subprocess.run(arguments, cwd=root, check=False)  # noqa: S603 - ours


def find_ruff(root: Path) -> str | None:
    folders = (Path(sys.executable).parent, root / ".venv" / "bin")
    return shutil.which("ruff", path=":".join(map(str, folders)))
