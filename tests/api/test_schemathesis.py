"""Schemathesis finds no response that contradicts the OpenAPI document."""

import os
import subprocess
import sys
from pathlib import Path

from devtools.private_auth import PrivateAuthService
from tests.support.server import Server, make_environment
from tests.support.settings_and_clients import Tokens

SCHEMATHESIS = str(Path(sys.executable).with_name("schemathesis"))
CONFIGURATION = str(Path(__file__).with_name("schemathesis.toml"))
CHECKS = "tests.api.schemathesis_checks"
ROOT = Path(__file__).resolve().parents[2]


def test_the_service_conforms_to_its_openapi_document(
    database_url: str, auth_service: PrivateAuthService, tokens: Tokens, tmp_path: Path
) -> None:
    environment = make_environment(database_url, auth_service.url, tmp_path)
    with Server(environment=environment, directory=tmp_path) as server:
        command = [
            *(
                sys.executable,
                SCHEMATHESIS,
                "--config-file",
                CONFIGURATION,
                "run",
                f"{server.url}/openapi.json",
                "--no-color",
            ),
            *("--header", f"Authorization: Bearer {tokens.admin}"),
            *("--checks", "all", "--seed", "1", "--max-examples", "12", "--max-failures", "10"),
            "--generation-deterministic",
        ]
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            cwd=tmp_path,
            env={
                "PATH": os.defpath,
                "HOME": str(tmp_path),
                "LANG": "C.UTF-8",
                "PYTHONPATH": str(ROOT),
                "SCHEMATHESIS_HOOKS": CHECKS,
            },
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    assert done.returncode == 0, done.stdout + done.stderr
