"""Compile the requirements files from pyproject.toml."""

import os
import subprocess
import sys
from pathlib import Path

_OUTPUTS = {
    "requirements.txt": ["pyproject.toml", "--group", "dev"],
    "requirements-prod.txt": ["pyproject.toml"],
    # Tested with the pins of the first file.
    "requirements-otel.txt": [
        "pyproject.toml",
        "--extra",
        "otel",
        "--constraint",
        "requirements.txt",
    ],
    # Of tools that only CI runs, in an environment of their own.
    ".ci/requirements.txt": ["--group", "ci"],
    ".ci/checkov-requirements.txt": ["--group", "checkov"],
}


def lock(*, upgrade: bool) -> int:
    """Pin all packages, with hashes for all platforms and Python >= 3.11.

    Pins that still fit `pyproject.toml` stay, unless `upgrade` asks for the newest versions.
    """
    for output, sources in _OUTPUTS.items():
        command = [str(Path(sys.executable).with_name("uv")), "--no-config", "pip", "compile"]
        command += [*sources, "--output-file", output, "--quiet"]
        command += ["--upgrade"] if upgrade else []
        command += ["--universal", "--generate-hashes", "--python-version", "3.11"]
        # pip before 23.3 requires a pin with each extra that a package asks for.
        command += ["--no-strip-extras"]
        command += ["--custom-compile-command", "python3 dev.py lock"]
        environment = _environment_without_uv_settings()
        status = subprocess.run(command, check=False, env=environment).returncode  # noqa: S603 - ours
        if status:
            return status
    return 0


def _environment_without_uv_settings() -> dict[str, str]:
    """Remove `UV_*`: the files must not depend on a developer's package indexes."""
    return {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
