"""The requirements files are pinned, hashed and portable."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
DEVELOPMENT, OTEL, PRODUCTION = FILES = [
    "requirements.txt",
    "requirements-otel.txt",
    "requirements-prod.txt",
]
OF_CI = (".ci/requirements.txt", ".ci/checkov-requirements.txt")


@pytest.mark.parametrize("name", [*FILES, *OF_CI])
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text())
    requirements = [block for block in blocks if not block.startswith("#")]

    assert requirements
    for requirement in requirements:
        assert re.match(r"[\w.\[\],-]+==\S+( ;.*)? \\\n    --hash=sha256:", requirement), (
            requirement
        )


@pytest.mark.parametrize("name", [*FILES, *OF_CI])
def test_no_package_index_or_local_path_is_listed(name: str) -> None:
    assert not re.search(r"://|--index|--find-links|^/", (ROOT / name).read_text(), re.MULTILINE)


def test_each_file_has_the_pins_of_the_smaller_ones() -> None:
    pins = {
        name: set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.MULTILINE))
        for name in FILES
    }

    assert pins[PRODUCTION] < pins[OTEL] < pins[DEVELOPMENT]
    assert not any(pin.startswith("opentelemetry-sdk") for pin in pins[PRODUCTION])


@pytest.mark.parametrize("name", FILES)
def test_pins_have_the_extras_that_packages_ask_for(name: str) -> None:
    """With hashes, pip 23.2 refuses `coverage[toml]` where only `coverage` is pinned."""
    pinned = pinned_extras(name)
    asked = list(asked_extras(pinned))

    assert {("sqlalchemy", "asyncio"), ("uvicorn", "standard")} <= set(asked)
    assert [(package, extra) for package, extra in asked if extra not in pinned[package]] == []


def pinned_extras(name: str) -> dict[str, set[str]]:
    lines = re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.MULTILINE)
    pins = map(Requirement, lines)
    return {canonicalize_name(pin.name): pin.extras for pin in pins}


def asked_extras(pinned: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Yield the extras that this project and the installed packages require of pinned packages."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = [*map(Requirement, project["project"]["dependencies"])]
    for package, extras in pinned.items():
        asked += _requirements(package, {"", *extras})
    for requirement in asked:
        for extra in requirement.extras:
            yield canonicalize_name(requirement.name), extra


def _requirements(package: str, extras: set[str]) -> Iterator[Requirement]:
    try:
        texts = requires(package) or []
    except PackageNotFoundError:
        # Only required on another platform.
        return
    for requirement in map(Requirement, texts):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            yield requirement
