"""What the environment and `.env` configure. Standard library only."""

import os
from pathlib import Path


def read_configuration(env_file: Path = Path(".env")) -> dict[str, str]:
    """Return the environment over the file, as the service itself reads them."""
    from_file = _parse(env_file.read_text(encoding="utf-8")) if env_file.exists() else {}
    return {name: value for name, value in (from_file | _environment()).items() if value}


def _environment() -> dict[str, str]:
    return {name.upper(): value for name, value in os.environ.items()}


def _parse(text: str) -> dict[str, str]:
    lines = (line.strip().removeprefix("export ") for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip().upper(): _unquote(value.strip()) for name, _, value in pairs}


def _unquote(value: str) -> str:
    if value[:1] in {"'", '"'}:
        return value[1:].partition(value[0])[0]
    return value.partition(" #")[0].rstrip()
