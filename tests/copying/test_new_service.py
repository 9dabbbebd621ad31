"""`dev.py new-service`: one command, another service."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import app
from devtools.copying.example import DOMAIN, TOOLS
from devtools.copying.git import git
from tests.copying.services import NAME, PORT, Outcome, dev, make_template, new_service

# Neither its folder nor its classes; `itertools.product` may stay.
SPOKEN = re.compile(rf"{DOMAIN}|{DOMAIN.title().removesuffix('s')}")
PROGRAMS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def service(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("services") / "parcels"
    made = new_service(template, target)
    assert made.status == 0, made.errors
    assert f"cd {target}" in made.output
    return target


@pytest.fixture(scope="module")
def bare_service(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One without the example."""
    target = tmp_path_factory.mktemp("services") / "bare"
    assert new_service(template, target, "--without-example", "--bare").status == 0
    return target


def names_of(service: Path) -> dict[str, object]:
    names: dict[str, object] = {}
    exec((service / "app" / "__init__.py").read_text(), names)  # noqa: S102 - ours
    return names


def test_it_has_a_name_and_a_port_of_its_own(service: Path) -> None:
    names = names_of(service)

    assert (names["__title__"], names["__slug__"]) == (NAME, "parcel-tracking")
    assert (names["__port__"], names["__version__"]) == (PORT, "0.1.0")


def test_the_name_of_the_template_is_nowhere_but_in_the_record(service: Path) -> None:
    named = git(service, "grep", "--files-with-matches", "-e", app.__title__, "-e", app.__slug__)

    assert named.splitlines() == [".template.json"]


def test_its_history_begins_with_it(service: Path) -> None:
    assert git(service, "log", "--format=%s") == f"{NAME}, made from {app.__slug__} v1.0"
    assert git(service, "status", "--porcelain") == ""
    assert git(service, "branch", "--show-current") == "main"


def test_it_records_what_it_was_made_from(service: Path, template: Path) -> None:
    assert json.loads((service / ".template.json").read_text()) == {
        "template": app.__slug__,
        "source": str(template),
        "version": "v1.0",
        "parameters": {"name": NAME, "port": PORT, "without_example": False},
    }


def test_it_is_a_template_itself(service: Path, tmp_path: Path) -> None:
    made = dev(service, "new-service", tmp_path / "next", "--name", "Next", "--port", "8200")

    assert made.status == 0
    assert names_of(tmp_path / "next")["__slug__"] == "next"
    assert json.loads((tmp_path / "next" / ".template.json").read_text())["template"] == (
        "parcel-tracking"
    )


def test_without_the_example_nothing_speaks_of_it(bare_service: Path) -> None:
    left = [
        path.relative_to(bare_service)
        for path in (*bare_service.rglob("*.py"), *bare_service.rglob("*.toml"))
        if not path.is_relative_to(bare_service / TOOLS)
        for line in path.read_text().splitlines()
        if SPOKEN.search(line.partition("#")[0].partition('"""')[0])
    ]

    assert left == []


@pytest.mark.parametrize("check", [["check"], ["format", "--check"]], ids=["rules", "format"])
def test_without_the_example_the_style_is_the_same(bare_service: Path, check: list[str]) -> None:
    done = subprocess.run(  # noqa: S603 - ours
        [PROGRAMS / "ruff", *check, "--no-cache", "."],
        cwd=bare_service,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_uncommitted_edits_come_along_and_what_git_does_not_track_stays(tmp_path: Path) -> None:
    template = make_template(tmp_path / "template")
    (template / "README.md").write_text("# An edit\n")
    (template / ".env").write_text("JWT_SECRET_KEY=secret\n")
    (template / "notes.txt").write_text("to myself\n")

    assert new_service(template, tmp_path / "service").status == 0

    assert (tmp_path / "service" / "README.md").read_text() == "# An edit\n"
    assert not (tmp_path / "service" / ".env").exists()
    assert not (tmp_path / "service" / "notes.txt").exists()


def test_a_template_without_git_gives_what_git_would_track(template: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(template, plain, ignore=shutil.ignore_patterns(".git"))
    for ignored in (".venv/bin/python", ".env", "logs/audit.log", "app/__pycache__/x.pyc"):
        (plain / ignored).parent.mkdir(parents=True, exist_ok=True)
        (plain / ignored).write_text("not for copies")

    assert new_service(plain, tmp_path / "service").status == 0

    assert git(tmp_path / "service", "ls-files").splitlines() == sorted(
        {*git(template, "ls-files").splitlines(), ".template.json"}
    )
    record = json.loads((tmp_path / "service" / ".template.json").read_text())
    assert (record["source"], record["version"]) == (str(plain), "")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "is no name"),
        ("2nd Service", "is no name"),
        ('Order "Service"', "is no name"),
        ("Order  Service", "is no name"),
        ("Bestellungen für alle", "is no name"),
        ("x" * 64, "too long"),
        ("Postgres", "is taken"),
        (app.__title__, "is taken"),
        (app.__title__.upper(), "is taken"),
    ],
)
def test_a_name_that_cannot_be_one_is_refused(
    template: Path, tmp_path: Path, name: str, reason: str
) -> None:
    refused = dev(template, "new-service", tmp_path / "x", "--name", name, "--port", "8002")

    require_refused(refused, reason, tmp_path / "x")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", ""])
def test_a_port_that_is_none_is_refused(template: Path, tmp_path: Path, port: str) -> None:
    refused = dev(template, "new-service", tmp_path / "x", "--name", "X", f"--port={port}")

    require_refused(refused, "port", tmp_path / "x")


def test_a_place_inside_the_template_is_refused(template: Path) -> None:
    inside = template / "services" / "x"

    require_refused(new_service(template, inside), "inside this repository", inside)
    require_refused(new_service(template, template), "inside this repository", inside)


def test_a_place_that_is_taken_is_refused_and_left_alone(template: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")

    refused = new_service(template, tmp_path)

    assert (refused.status, "not empty" in refused.errors) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    require_refused(new_service(template, tmp_path / "mine"), "not empty", tmp_path / "x")


def test_an_empty_folder_will_do(template: Path, tmp_path: Path) -> None:
    assert new_service(template, tmp_path).status == 0


def require_refused(refused: Outcome, reason: str, target: Path) -> None:
    assert refused.status == 2
    assert reason in refused.errors
    assert "Traceback" not in refused.errors
    assert not target.exists()
