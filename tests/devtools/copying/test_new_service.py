"""`dev.py new-service` creates a service from the template."""

import json
import re
import shutil
from pathlib import Path

import pytest

import app
from devtools.copying import record
from devtools.copying.git import git
from tests.support.copied_services import (
    NAME,
    PORT,
    ROOT,
    CommandResult,
    commit_all,
    new_service,
    run_dev,
)


def names_of(service: Path) -> dict[str, object]:
    names: dict[str, object] = {}
    exec((service / "app" / "__init__.py").read_text(), names)  # noqa: S102 - ours
    return names


def test_a_new_service_has_its_own_name_and_port(service: Path) -> None:
    names = names_of(service)

    assert (names["__title__"], names["__slug__"]) == (NAME, "parcel-tracking")
    assert (names["__port__"], names["__version__"]) == (PORT, "0.1.0")


def test_only_the_record_and_the_licence_contain_the_name_of_the_template(service: Path) -> None:
    named = git(service, "grep", "--files-with-matches", "-e", app.__title__, "-e", app.__slug__)

    assert {*named.splitlines()} - {"LICENSE"} == {".template.json"}


def test_the_licence_keeps_its_holder(template: Path, tmp_path: Path) -> None:
    made = new_service(template, tmp_path / "service")

    assert (tmp_path / "service" / "LICENSE").read_bytes() == (template / "LICENSE").read_bytes()
    assert "keep its notice" in made.output


def test_a_new_service_starts_with_one_commit(service: Path) -> None:
    assert git(service, "log", "--format=%s") == f"{NAME}, made from {app.__slug__} v1.0"
    assert git(service, "status", "--porcelain") == ""
    assert git(service, "branch", "--show-current") == "main"


def test_a_new_service_records_its_template(service: Path, template: Path) -> None:
    written = json.loads((service / ".template.json").read_text())

    # That of this repository, if it is a copy itself.
    assert ("parent" in written) == (record.find(ROOT) is not None)
    written.pop("parent", None)
    assert written == {
        "template": app.__slug__,
        "source": str(template),
        "version": "v1.0",
        "parameters": {"name": NAME, "port": PORT, "without_example": False},
    }


def test_the_source_is_the_remote_if_it_has_the_commit(own_template: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(own_template), str(clone))

    assert new_service(clone, tmp_path / "pushed").status == 0
    assert read_source(tmp_path / "pushed") == str(own_template)

    (clone / "NOTES.md").write_text("# Not pushed\n")
    commit_all(clone)
    assert new_service(clone, tmp_path / "local").status == 0
    assert read_source(tmp_path / "local") == str(clone)
    (hash_,) = re.findall(r"[0-9a-f]{12,}", git(tmp_path / "local", "log", "--format=%s"))
    assert git(clone, "rev-parse", "HEAD")[:12] == hash_


def read_source(service: Path) -> object:
    return json.loads((service / ".template.json").read_text())["source"]


def test_dev_py_lists_the_commands_available_in_its_folder(service: Path) -> None:
    commands = run_dev(service, "--help").output

    assert " bench " not in commands
    assert "update-template" in commands
    assert run_dev(service, "bench").status == 2


def test_a_new_service_is_itself_a_template(service: Path, tmp_path: Path) -> None:
    made = run_dev(service, "new-service", tmp_path / "next", "--name", "Next", "--port", "8200")

    assert made.status == 0
    assert (tmp_path / "next" / "README.md").read_text().startswith("# Next\n")
    assert names_of(tmp_path / "next")["__slug__"] == "next"
    assert json.loads((tmp_path / "next" / ".template.json").read_text())["template"] == (
        "parcel-tracking"
    )


def test_uncommitted_edits_are_copied_and_ignored_files_are_not(
    own_template: Path, tmp_path: Path
) -> None:
    (own_template / "SECURITY.md").write_text("# An edit\n")
    (own_template / ".env").write_text("JWT_SECRET_KEY=secret\n")
    (own_template / "notes.txt").write_text("to myself\n")

    made = new_service(own_template, tmp_path / "service")

    assert (made.status, "  notes.txt    not copied" in made.output) == (0, True)
    assert (tmp_path / "service" / "SECURITY.md").read_text() == "# An edit\n"
    assert not (tmp_path / "service" / ".env").exists()
    assert not (tmp_path / "service" / "notes.txt").exists()


def test_a_template_without_git_copies_no_ignored_files(
    template: Path, service: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(template, plain, ignore=shutil.ignore_patterns(".git"))
    for ignored in (".venv/bin/python", ".env", "logs/audit.log", "app/__pycache__/x.pyc"):
        (plain / ignored).parent.mkdir(parents=True, exist_ok=True)
        (plain / ignored).write_text("not for copies")

    assert new_service(plain, tmp_path / "service").status == 0

    assert git(tmp_path / "service", "ls-files") == git(service, "ls-files")
    record = json.loads((tmp_path / "service" / ".template.json").read_text())
    assert (record["source"], record["version"]) == (str(plain), "")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "is not a valid name"),
        ("2nd Service", "is not a valid name"),
        ('Order "Service"', "is not a valid name"),
        ("Order  Service", "is not a valid name"),
        ("Bestellungen für alle", "is not a valid name"),
        ("x" * 64, "too long"),
        ("Postgres", "is reserved"),
        (app.__title__, "is reserved"),
        (app.__title__.upper(), "is reserved"),
    ],
)
def test_an_invalid_name_is_refused(template: Path, tmp_path: Path, name: str, reason: str) -> None:
    refused = run_dev(template, "new-service", tmp_path / "x", "--name", name, "--port", "8002")

    require_refused(refused, reason, tmp_path / "x")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", ""])
def test_an_invalid_port_is_refused(template: Path, tmp_path: Path, port: str) -> None:
    refused = run_dev(template, "new-service", tmp_path / "x", "--name", "X", f"--port={port}")

    require_refused(refused, "port", tmp_path / "x")


def test_a_target_inside_the_template_is_refused(template: Path) -> None:
    inside = template / "services" / "x"

    require_refused(new_service(template, inside), "inside this repository", inside)
    require_refused(new_service(template, template), "inside this repository", inside)


def test_an_existing_target_is_refused_and_not_changed(template: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")

    refused = new_service(template, tmp_path)

    assert (refused.status, "not empty" in refused.errors) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    require_refused(new_service(template, tmp_path / "mine"), "not empty", tmp_path / "x")


def test_an_empty_target_folder_is_accepted(template: Path, tmp_path: Path) -> None:
    assert new_service(template, tmp_path).status == 0


def test_an_empty_clone_keeps_its_remote(template: Path, tmp_path: Path) -> None:
    clone, remote = tmp_path / "clone", f"https://git.example/{app.__slug__}.git"
    git(tmp_path, "init", "--quiet", "clone")
    git(clone, "remote", "add", "origin", remote)

    assert new_service(template, clone).status == 0

    assert git(clone, "remote", "get-url", "origin") == remote
    assert len(git(clone, "log", "--oneline").splitlines()) == 1


def test_a_folder_of_a_repository_is_left_to_its_owner_to_commit(
    template: Path, tmp_path: Path
) -> None:
    git(tmp_path, "init", "--quiet")

    made = new_service(template, tmp_path / "services" / "parcels")

    assert (made.status, "git add . && git commit" in made.output) == (0, True)
    assert git(tmp_path, "status", "--porcelain") == "?? services/"
    assert not (tmp_path / "services" / "parcels" / ".git").exists()


def require_refused(refused: CommandResult, reason: str, target: Path) -> None:
    assert refused.status == 2
    assert reason in refused.errors
    assert "Traceback" not in refused.errors
    assert not target.exists()
