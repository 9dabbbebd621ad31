"""The files for editors, git hooks, make and GitHub do what the documents say."""

import configparser
import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

import app
from devtools.copying.template_files import tracked_files
from devtools.documents.commands import dev_commands
from tests.support.documented_commands import ROOT

CI_RUN = (ROOT / ".ci" / "run").read_text()
BINARY = {".png"}
# Written by rich.
GENERATED = {".svg"}
PATTERN = re.compile(r"^# (\S+) +@", re.MULTILINE)


def read_json(name: str) -> Any:
    return json.loads((ROOT / name).read_text())


def test_every_text_file_follows_the_editorconfig() -> None:
    rules = configparser.ConfigParser()
    rules.read_string("[DEFAULT]\n" + (ROOT / ".editorconfig").read_text())
    expected = {
        "charset": "utf-8",
        "end_of_line": "lf",
        "indent_style": "space",
        "insert_final_newline": "true",
        "trim_trailing_whitespace": "true",
    }
    assert expected.items() <= dict(rules["*"]).items()

    files = [path for path in tracked_files(ROOT) if path.suffix not in BINARY | GENERATED]

    assert [path for path in files if breaks_the_rules((ROOT / path).read_bytes())] == []


def breaks_the_rules(content: bytes) -> bool:
    text = content.decode("utf-8")
    is_ended = not text or text.endswith("\n")
    return not is_ended or re.search(r"[ \t]$|\r|^\t", text, re.MULTILINE) is not None


@pytest.mark.parametrize("text", ["no end", "a \n", "a\r\n", "\ta\n"])
def test_a_file_that_breaks_the_editorconfig_is_found(text: str) -> None:
    assert breaks_the_rules(text.encode())


def test_every_hook_is_a_check_of_ci() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]

    assert [repository["repo"] for repository in hooks] == ["local"]
    entries = [hook["entry"] for hook in hooks[0]["hooks"]]
    assert len(entries) > 3
    assert [entry for entry in entries if f"\n{entry}" not in CI_RUN] == []


def test_the_workflow_runs_the_checks_with_few_rights() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    (job,) = workflow["jobs"].values()

    assert workflow["permissions"] == {"contents": "read"}
    assert job["steps"][-1]["run"] == ".ci/run"
    actions = [step["uses"] for step in job["steps"] if "uses" in step]
    assert actions
    assert [name for name in actions if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name)] == []


def test_dependabot_looks_at_what_is_there() -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    files = {
        "github-actions": ".github/workflows/ci.yml",
        "docker": "Dockerfile",
        "docker-compose": "compose.yaml",
    }

    assert {update["package-ecosystem"] for update in updates} == {*files}
    assert [file for file in files.values() if not (ROOT / file).exists()] == []


def test_the_examples_of_code_owners_name_existing_paths() -> None:
    patterns = PATTERN.findall((ROOT / ".github" / "CODEOWNERS").read_text())

    assert len(patterns) > 3
    paths = [pattern.removeprefix("/") for pattern in patterns if pattern != "*"]
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_tasks_of_the_editor_run_known_commands() -> None:
    tasks = {task["label"]: task for task in read_json(".vscode/tasks.json")["tasks"]}
    known = {command.split()[2] for command, _ in dev_commands()}
    used = re.findall(r"dev\.py (\S+)", " ".join(task["command"] for task in tasks.values()))

    assert {*used} <= known
    checks = tasks["check"]["command"].split(" && ")
    assert [check for check in checks if f"\n{check}" not in CI_RUN] == []
    needed = {task["dependsOn"] for task in tasks.values() if "dependsOn" in task}
    needed |= {each["preLaunchTask"] for each in read_json(".vscode/launch.json")["configurations"]}
    assert needed <= {*tasks}


def test_editor_and_container_use_the_same_extensions_and_python() -> None:
    container = read_json(".devcontainer/devcontainer.json")
    recommended = read_json(".vscode/extensions.json")["recommendations"]

    assert container["customizations"]["vscode"]["extensions"] == recommended
    assert container["name"] == app.__title__
    # The same Python on the same Debian, with git and curl.
    dockerfile = (ROOT / "Dockerfile").read_text()
    (image,) = re.findall(r"^ARG PYTHON_IMAGE=(\S+)", dockerfile, re.MULTILINE)
    assert container["image"] == image.replace("-slim", "")
    assert container["postCreateCommand"] in CI_RUN
    assert read_json(".vscode/settings.json")["python.testing.pytestArgs"] == ["tests"]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is missing: Makefile is not tested")
def test_make_passes_on_to_dev_py() -> None:
    (names,) = re.findall(r"^COMMANDS := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    shown = make("help")

    assert [name for name in names.split() if f"\n    {name}" not in shown] == []
    assert make() == shown
    for name in names.split():
        assert make("--dry-run", name, "ARGS=-x y") == f"python3 dev.py {name} -x y\n"


def make(*arguments: str) -> str:
    command = ["make", "--no-print-directory", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout
