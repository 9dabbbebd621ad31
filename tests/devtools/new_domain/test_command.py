"""`dev.py new-domain` writes a domain into a copy of the repository."""

import subprocess
from pathlib import Path

import pytest

from tests.support.repository_copy import (
    check_module_in,
    copy_mypy_cache,
    copy_repository,
    read_files,
    run_module_in,
)

# Names that no service uses, so that the suite also passes in a service with orders.
ORDERS = [
    "trial_orders",
    *("--field", "customer:str(100)", "--field", "quantity:int>0", "--field", "total:money"),
    *("--field", "status:enum(new,paid,shipped)=new", "--field", "note:text?"),
    *("--sort-by", "total"),
]
# Some have names that the statements of an import could use for themselves.
READINGS = [
    "calibration_measurements",
    *("--field", "serial:int>0 unique", "--field", "first:int>=0<=1=1"),
    *("--field", "is_new:bool", "--field", "measured_at:datetime", "--field", "due_on:date?"),
    *("--field", "correction_of_the_offset:money?", "--field", "label:str(40)? unique"),
    *("--unique", "is_new,due_on", "--public-read", "--no-search"),
]
NUMBERS = [
    "trial_scores",
    *("--field", "points:bigint unique", "--field", "weight:decimal(8,3)"),
    *("--field", "rate:decimal(28,6)>0=1.5", "--field", "share:decimal(4,4)?"),
    *("--field", "balance:money(signed)", "--field", "fee:money>=0=0"),
    *("--field", "key:uuid unique", "--field", "owner_key:uuid?"),
    *("--field", "contact:email unique", "--field", "site:url", "--field", "opens_at:time"),
    *("--field", "second_contact:email?", "--field", "closes_at:time?"),
    *("--field", "scored_at:datetime=now", "--field", "due_on:date=today", "--no-events"),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_repository(tmp_path)


def new_domain(copy: Path, *arguments: str) -> None:
    check_module_in(copy, "devtools", "new-domain", *arguments)


def test_a_generated_domain_passes_all_checks_unedited(copy: Path) -> None:
    for domain in (ORDERS, READINGS, NUMBERS):
        new_domain(copy, *domain)
    ours = [str(path) for path in copy.glob("*/**/*.py") if path.parent.name in _folders()]

    check_module_in(copy, "ruff", "check", "--no-cache", ".")
    check_module_in(copy, "ruff", "format", "--no-cache", "--check", ".")
    copy_mypy_cache(copy)
    check_module_in(copy, "mypy", "app/main.py", "app/cli.py", *ours)
    check_module_in(copy, "pytest", "-q", "-x", "-p", "no:cacheprovider", *_tests())


def _folders() -> set[str]:
    return {name for plural, *_ in (ORDERS, READINGS, NUMBERS) for name in (plural, "unit")}


def _tests() -> list[str]:
    """Return the most informative fast tests; .ci/copies runs the others."""
    own = [f"tests/{plural}" for plural, *_ in (ORDERS, READINGS, NUMBERS)]
    shared = ("test_architecture.py", "domains/test_many_rows.py", "domains/test_imports.py")
    return [*own, *(f"tests/{name}" for name in shared)]


def test_a_dry_run_shows_all_files_and_writes_nothing(copy: Path) -> None:
    before = read_files(copy)

    shown = run_module_in(copy, "devtools", "new-domain", *ORDERS, "--dry-run")

    assert (shown.returncode, read_files(copy)) == (0, before)
    report = run_module_in(copy, "devtools", "new-domain", *ORDERS).stdout
    after = read_files(copy)
    made = {path.name for path in after.keys() - before.keys() if path.name != "__init__.py"}
    changed = {str(path) for path in before if before[path] != after[path]}
    wiring = {"app/api/v1/router.py", "app/commands/export_targets.py"}
    assert {line.strip() for line in shown.stdout.splitlines()} >= made | wiring
    # Otherwise only generated documents change.
    assert {path for path in changed if not path.endswith((".md", ".json"))} == wiring
    section = report.partition("Changed:\n")[2].partition("\n\n")[0]
    assert {line.strip() for line in section.splitlines()} == changed
    assert "docs/asyncapi.json" in changed
    assert "was guessed" not in report
    follow_undo(report, copy)
    assert read_files(copy).keys() == before.keys()


def follow_undo(report: str, copy: Path) -> None:
    command = report.partition("Undo it:")[2].partition("git restore")[0].strip()
    assert command.startswith("rm -r ")
    subprocess.run(["bash", "-c", command], cwd=copy, check=True)  # noqa: S603, S607 - ours


def test_only_an_uncertain_singular_is_reported(copy: Path) -> None:
    for plural, is_reported in (("trial_tallies", True), ("trial_orders", False)):
        shown = run_module_in(
            *(copy, "devtools", "new-domain", plural, "--field", "name:text", "--dry-run")
        )
        assert ("was guessed as" in shown.stdout) is is_reported


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["transactions", "--field", "name:text"], "which the code of every domain uses itself"),
        (["trial_orders"], "At least one --field"),
        (["trial_orders", "--field", "total:cash"], "^ expected a type"),
        (["people", "--field", "name:text"], "give it with --singular"),
    ],
)
def test_a_refusal_gives_the_reason_and_writes_nothing(
    copy: Path, arguments: list[str], message: str
) -> None:
    before = read_files(copy)

    refused = run_module_in(copy, "devtools", "new-domain", *arguments)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr
    assert read_files(copy) == before


def test_an_existing_file_is_not_overwritten(copy: Path) -> None:
    in_the_way = copy / "tests" / "trial_orders.py"
    in_the_way.write_text("KEPT = True\n")

    refused = run_module_in(copy, "devtools", "new-domain", *ORDERS)

    assert "tests/trial_orders.py exists already" in refused.stderr
    assert in_the_way.read_text() == "KEPT = True\n"


def test_a_second_domain_can_be_added(copy: Path) -> None:
    new_domain(copy, *ORDERS)
    new_domain(copy, *NUMBERS)

    (first,) = copy.glob("migrations/versions/*_trial_orders.py")
    (second,) = copy.glob("migrations/versions/*_trial_scores.py")
    revision = first.name.partition("_")[0]
    assert f'down_revision = "{revision}"' in second.read_text()
    again = run_module_in(copy, "devtools", "new-domain", *ORDERS)
    assert (again.returncode, again.stdout) == (2, "")
    assert "app/api/v1/trial_orders exists already" in again.stderr


def test_unrecognised_wiring_is_not_changed(copy: Path) -> None:
    wiring = copy / "app" / "api" / "v1" / "router.py"
    wiring.write_text(wiring.read_text().replace("router = APIRouter()", "router = other_router()"))
    before = read_files(copy)

    refused = run_module_in(copy, "devtools", "new-domain", *ORDERS)

    assert refused.returncode == 2
    assert "app/api/v1/router.py: expected the line 'router = APIRouter()'" in refused.stderr
    assert read_files(copy) == before
