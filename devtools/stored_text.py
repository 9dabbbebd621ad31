"""Small files that are complete or absent, also after a crash or on a full disk."""

from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Replace the file, which only its owner may read."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(text)
    unfinished.replace(path)


def read_text(path: Path) -> str | None:
    """Return the text, or None if the file is missing or empty."""
    return (path.read_text() or None) if path.exists() else None
