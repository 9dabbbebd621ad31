"""Copy the repository, and run modules in the copy."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_LEFT_OUT = shutil.ignore_patterns(
    *(".git", ".venv", ".dev", "__pycache__", ".*_cache", ".hypothesis", "htmlcov", "logs", "*.svg")
)


def copy_repository(directory: Path) -> Path:
    copy = directory / "copy"
    shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
    (copy / "logs").mkdir()
    return copy


def copy_mypy_cache(copy: Path) -> None:
    """Copy the cache of mypy if there is one; without it a check takes a minute."""
    known = ROOT / ".mypy_cache"
    if known.exists():
        shutil.copytree(known, copy / ".mypy_cache")


def run_module_in(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module in the copy with the current Python."""
    return subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", *arguments], cwd=copy, capture_output=True, text=True, check=False
    )


def check_module_in(copy: Path, *arguments: str) -> None:
    done = run_module_in(copy, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def read_files(copy: Path) -> dict[Path, bytes]:
    return {
        path.relative_to(copy): path.read_bytes()
        for path in copy.rglob("*")
        if path.is_file() and not {"__pycache__", ".dev"} & set(path.parts)
    }
