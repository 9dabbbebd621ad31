"""A copy contains no template-only files and, on request, no example domain."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import app
from devtools.copying.own_documents import OWN_DOCUMENTS
from devtools.copying.template_files import not_ignored
from devtools.copying.template_only import TEMPLATE_ONLY
from tests.support.copied_services import NAME, PORT, ROOT, run_dev

# Matches neither `production` nor `itertools.product`.
EXAMPLE = re.compile(r"product(?!ion)", re.IGNORECASE)
ITERTOOLS = re.compile(r"itertools import .*|\bproduct(?:_of)?\(")
HERE = Path(__file__).parent.relative_to(ROOT)
PROGRAMS = Path(sys.executable).parent


def test_template_only_files_are_not_copied(service: Path, bare_service: Path) -> None:
    for copy in (service, bare_service):
        index = (copy / "DOCUMENTATION_INDEX.md").read_text()
        for name in {*TEMPLATE_ONLY} - {*OWN_DOCUMENTS}:
            assert not (copy / name).exists()
            assert name not in index


def test_a_copy_has_its_own_readme_and_changelog(service: Path, bare_service: Path) -> None:
    for copy in (service, bare_service):
        readme = (copy / "README.md").read_text()
        assert readme.startswith(f"# {NAME}\n")
        assert f"http://127.0.0.1:{PORT}" in readme
        assert "$" not in readme
        assert "## 0.1.0\n" in (copy / "CHANGELOG.md").read_text()


def test_the_dashboard_and_the_alerts_of_a_copy_have_its_name(
    service: Path, bare_service: Path
) -> None:
    slug = NAME.lower().replace(" ", "-")
    for copy in (service, bare_service):
        folder = copy / "deploy" / "monitoring"
        assert json.loads((folder / "dashboard.json").read_text())["title"] == NAME
        for file in folder.iterdir():
            text = file.read_text()
            assert slug in text
            assert app.__slug__ not in text
            assert app.__title__ not in text


def test_the_files_that_deploy_a_copy_have_its_name_and_port(
    service: Path, bare_service: Path
) -> None:
    slug = NAME.lower().replace(" ", "-")
    for copy in (service, bare_service):
        manifests = (copy / "deploy" / "kubernetes").rglob("*.yaml")
        for file in (copy / "Dockerfile", copy / "compose.yaml", *manifests):
            text = file.read_text()
            assert app.__slug__ not in text
            assert app.__title__ not in text
            assert not re.search(rf"\b{app.__port__}\b", text), file
        assert f'"--port", "{PORT}"' in (copy / "Dockerfile").read_text()
        assert f'published: "{PORT}"' in (copy / "compose.yaml").read_text()
        base = copy / "deploy" / "kubernetes" / "base"
        assert f"containerPort: {PORT}\n" in (base / "api.yaml").read_text()
        keda = copy / "deploy" / "kubernetes" / "components" / "keda" / "consumer.yaml"
        assert f"queueName: queue_{slug}\n" in keda.read_text()
        # Its .ci/run starts them.
        assert {"image", "manifests"} <= {path.name for path in (copy / ".ci").iterdir()}


def test_the_files_for_editors_and_github_are_copied_under_the_name_of_the_copy(
    service: Path, bare_service: Path
) -> None:
    folders = (".github", ".vscode", ".devcontainer")
    for copy in (service, bare_service):
        files = [path for folder in folders for path in (copy / folder).rglob("*.*")]
        assert len(files) > 8
        files += [copy / ".editorconfig", copy / ".pre-commit-config.yaml", copy / "Makefile"]
        assert [file for file in files if "catalog" in file.read_text().lower()] == []
        container = json.loads((copy / ".devcontainer" / "devcontainer.json").read_text())
        assert container["name"] == NAME


def test_generated_monitoring_of_a_copy_is_current(service: Path) -> None:
    code = "from devtools.documents.generated import outdated; print(*map(str, outdated()))"
    found = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", code], cwd=service, capture_output=True, text=True, check=True
    )

    assert "monitoring" not in found.stdout


def test_a_copy_without_the_example_does_not_mention_it(bare_service: Path) -> None:
    mentions = [
        f"{path.relative_to(bare_service)}:{number}: {line.strip()[:80]}"
        for path in sorted(bare_service / name for name in not_ignored(bare_service))
        if path.is_file() and not may_mention_the_example(path.relative_to(bare_service))
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if EXAMPLE.search(f"{path.name} {ITERTOOLS.sub('', line)}")
    ]

    assert mentions == []


def may_mention_the_example(path: Path) -> bool:
    """Return whether the file defines the example for `new-service` or its tests."""
    return path.is_relative_to("devtools/copying") or path.is_relative_to(HERE)


def test_a_copy_without_the_example_can_be_copied_without_it(
    bare_service: Path, tmp_path: Path
) -> None:
    options = ("--name", "Next", "--port", "8200", "--without-example", "--bare")
    made = run_dev(bare_service, "new-service", tmp_path / "next", *options)

    assert made.status == 0, made.errors
    assert (tmp_path / "next" / "README.md").read_text().startswith("# Next\n")


@pytest.mark.parametrize("check", [["check"], ["format", "--check"]], ids=["rules", "format"])
def test_a_copy_without_the_example_passes_the_style_checks(
    bare_service: Path, check: list[str]
) -> None:
    done = subprocess.run(  # noqa: S603 - ours
        [PROGRAMS / "ruff", *check, "--no-cache", "."],
        cwd=bare_service,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
