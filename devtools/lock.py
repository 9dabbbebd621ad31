"""Compile the two requirements files from pyproject.toml."""

import os
import subprocess
import sys
from pathlib import Path

_OUTPUTS = {"requirements.txt": ["--group", "dev"], "requirements-prod.txt": []}


def lock() -> int:
    """Take the newest versions that fit; hashes for every platform and Python from 3.11 on."""
    for output, groups in _OUTPUTS.items():
        command = [str(Path(sys.executable).with_name("uv")), "--no-config", "pip", "compile"]
        command += ["pyproject.toml", *groups, "--output-file", output, "--quiet", "--upgrade"]
        command += ["--universal", "--generate-hashes", "--python-version", "3.11"]
        command += ["--custom-compile-command", "python3 dev.py lock"]
        status = subprocess.run(command, check=False, env=_neutral()).returncode  # noqa: S603 - ours
        if status:
            return status
    return 0


def _neutral() -> dict[str, str]:
    """Leave out a developer's own package indexes, which the files must not depend on."""
    return {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
