"""compose.yaml starts this service with settings that exist, after what it depends on."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml  # type: ignore[import-untyped]

import app
from app.config.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROCESSES = {"api": None, "relay": "relay", "consumer": "consume", "migrate": "migrate"}
SERVERS = ("postgres", "redis", "rabbitmq", "auth")


def test_the_project_and_the_image_have_the_name_of_the_service() -> None:
    assert COMPOSE["name"] == app.__slug__
    assert {SERVICES[name]["image"] for name in PROCESSES} == {app.__slug__}


@pytest.mark.parametrize("name", PROCESSES)
def test_each_process_has_its_command(name: str) -> None:
    process = PROCESSES[name]
    expected = None if process is None else ["python", "-m", "app", process]

    assert SERVICES[name].get("command") == expected


@pytest.mark.parametrize("name", ["auth", "consumer", "migrate", "relay"])
def test_each_command_is_in_its_image_and_takes_its_options(name: str) -> None:
    command: list[str] = SERVICES[name]["command"]
    stages = (ROOT / "Dockerfile").read_text().split("\nFROM ")
    image = "".join(stages[:-1] if name == "auth" else stages[:-2])
    options = [part for part in command if part.startswith("--")]
    package = command[2].partition(".")[0]

    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, *command[1:3], *command[3:4][: name != "auth"], "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert command[:2] == ["python", "-m"]
    assert f"COPY {package} {package}" in image
    assert all(option in done.stdout for option in options)


@pytest.mark.parametrize("name", PROCESSES)
def test_each_process_has_valid_settings(name: str) -> None:
    environment = SERVICES[name]["environment"]
    settings = Settings(_env_file=None, **{key.lower(): environment[key] for key in environment})

    assert {key.lower() for key in environment} <= {*Settings.model_fields}
    assert settings.app_env == "development"
    for key, value in environment.items():
        if key.endswith("_URL"):
            assert urlsplit(value).hostname in SERVICES


@pytest.mark.parametrize("name", PROCESSES)
def test_each_process_is_restricted(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_a_stop_is_waited_for() -> None:
    grace = Settings.model_fields["shutdown_grace_seconds"].default + 10

    assert {SERVICES[name]["stop_grace_period"] for name in PROCESSES} == {f"{grace}s"}


def test_the_api_is_published_on_loopback_at_its_port() -> None:
    port = app.__port__

    assert SERVICES["api"]["ports"] == [
        {"target": port, "published": str(port), "host_ip": "127.0.0.1"}
    ]


def test_nothing_is_published_to_the_network() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


@pytest.mark.parametrize("name", ["api", "relay", "consumer"])
def test_processes_start_after_the_migration_and_healthy_servers(name: str) -> None:
    conditions = {key: value["condition"] for key, value in SERVICES[name]["depends_on"].items()}

    assert conditions.pop("migrate") == "service_completed_successfully"
    assert set(conditions.values()) == {"service_healthy"}
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


@pytest.mark.parametrize("name", SERVERS)
def test_servers_have_health_checks(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", sorted({*SERVERS} - {"auth"}))
def test_images_of_others_are_pinned_by_tag(name: str) -> None:
    _, _, tag = SERVICES[name]["image"].rpartition(":")

    assert tag[0].isdigit(), SERVICES[name]["image"]


def test_tokens_come_from_the_development_auth_service_alone() -> None:
    auth = SERVICES["auth"]
    secrets = {
        json.dumps(service["environment"]["JWT_SECRET_KEY"])
        for service in SERVICES.values()
        if "JWT_SECRET_KEY" in service.get("environment", {})
    }

    assert auth["build"]["target"] == "development"
    assert auth["image"] != SERVICES["api"]["image"]
    assert len(secrets) == 1
