"""The Dockerfile names this service, and starts it as documented."""

import json
import re
import shlex
from fnmatch import fnmatch
from pathlib import Path

import pytest

import app

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
COPIED = re.findall(r"^COPY (?!--from)(\S+) ", TEXT, re.MULTILINE)
REQUIREMENTS = ("requirements-prod.txt", "requirements-otel.txt")


def _instruction(name: str) -> str:
    (found,) = re.findall(rf"^ *{name} (.*)$", TEXT, re.MULTILINE)
    return str(found)


def _command() -> list[str]:
    command: list[str] = json.loads(re.findall(r"^CMD (.*)$", TEXT, re.MULTILINE)[0])
    return command


def test_the_labels_are_those_of_the_service() -> None:
    labels = dict(part.split("=", 1) for part in shlex.split(_instruction("LABEL")))
    prefix = "org.opencontainers.image."

    assert labels[f"{prefix}title"] == app.__title__
    assert labels[f"{prefix}description"] == app.__description__
    assert f"ARG VERSION={app.__version__}\n" in TEXT


def test_the_command_is_the_documented_one() -> None:
    operations = (ROOT / "docs" / "OPERATIONS.md").read_text().replace("\\\n", " ")
    (documented,) = re.findall(r"^ *(uvicorn app\.main:app .*)$", operations, re.MULTILINE)
    address = ["--host", "0.0.0.0", "--port", str(app.__port__)]  # noqa: S104 - of a container
    command = _command()
    options = shlex.split(documented.replace("--workers 4", ""))

    assert command == [*options[:2], *address, *options[2:]]


def test_an_idle_connection_is_closed_by_a_reverse_proxy_first() -> None:
    command = _command()
    seconds = int(command[command.index("--timeout-keep-alive") + 1])

    # Those of nginx and of the load balancers of AWS close it after a minute.
    assert seconds > 60


def test_the_ports_are_those_of_the_service_and_of_its_metrics() -> None:
    (metrics,) = re.findall(r"METRICS_PORT=(\d+)", TEXT)

    assert _instruction("EXPOSE").split() == [str(app.__port__), metrics]


def test_the_user_is_a_number() -> None:
    assert _instruction("USER") == "10001:10001"


@pytest.mark.parametrize("name", sorted({*COPIED, *REQUIREMENTS} - {"${REQUIREMENTS}"}))
def test_what_is_copied_exists_and_is_not_ignored(name: str) -> None:
    patterns = (ROOT / ".dockerignore").read_text().split("\n")
    included = [pattern[1:] for pattern in patterns if pattern.startswith("!")]

    assert (ROOT / name).exists()
    assert any(fnmatch(name, pattern) for pattern in included)


def test_nothing_else_is_sent_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    included = [line[1:] for line in lines if line.startswith("!")]

    assert "*" in lines
    assert sorted(included) == sorted({*COPIED, *REQUIREMENTS} - {"${REQUIREMENTS}"})
