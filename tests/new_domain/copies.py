"""A copy of the repository to write domains into."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_LEFT_OUT = shutil.ignore_patterns(
    *(".git", ".venv", ".dev", "__pycache__", ".*_cache", ".hypothesis", "htmlcov", "logs", "*.svg")
)


def copied_to(directory: Path) -> Path:
    copy = directory / "copy"
    shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
    (copy / "logs").mkdir()
    return copy


def with_known_types(copy: Path) -> None:
    """Hand over what mypy knows, where it has run: from nothing it takes a minute."""
    known = ROOT / ".mypy_cache"
    if known.exists():
        shutil.copytree(known, copy / ".mypy_cache")


def run_in(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module with the very Python that runs this."""
    return subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", *arguments], cwd=copy, capture_output=True, text=True, check=False
    )


def check_in(copy: Path, *arguments: str) -> None:
    done = run_in(copy, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def files_of(copy: Path) -> dict[Path, bytes]:
    return {
        path.relative_to(copy): path.read_bytes()
        for path in copy.rglob("*")
        if path.is_file() and not {"__pycache__", ".dev"} & set(path.parts)
    }
