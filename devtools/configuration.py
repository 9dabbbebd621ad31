"""Read the configuration from the environment and `.env`. Standard library only."""

import os
from pathlib import Path

from app.config.env_file import find_encoding


def read_configuration(env_file: Path = Path(".env")) -> dict[str, str]:
    """Return the non-empty variables; raises EnvFileError.

    The environment overrides the file, and an empty variable is unset, as in the service.
    """
    from_file = _parse(env_file.read_text(find_encoding(env_file))) if env_file.exists() else {}
    return _without_blank(from_file) | _without_blank(dict(os.environ))


def find_origin(name: str, env_file: Path = Path(".env")) -> str:
    """Say where a variable is set: the environment, or a line of the file."""
    if name in _without_blank(dict(os.environ)) or not env_file.exists():
        return "the environment"
    lines = env_file.read_text(find_encoding(env_file)).splitlines()
    numbers = [
        number for number, line in enumerate(lines, 1) if name in _without_blank(_parse(line))
    ]
    return f"{env_file} line {numbers[-1]}" if numbers else str(env_file)


def _without_blank(variables: dict[str, str]) -> dict[str, str]:
    return {name.upper(): value for name, value in variables.items() if value.strip()}


def _parse(text: str) -> dict[str, str]:
    lines = (line.strip().removeprefix("export ") for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): _unquote(value.strip()) for name, _, value in pairs}


def _unquote(value: str) -> str:
    if value[:1] in {"'", '"'}:
        return value[1:].partition(value[0])[0]
    return value.partition(" #")[0].rstrip()
