"""`dev.py new-domain` in a copy of the repository."""

from pathlib import Path

import pytest

from tests.new_domain.copies import check_in, copied_to, files_of, run_in, with_known_types

# Names that no service has, so that the suite of a service with orders passes, too.
ORDERS = [
    "trial_orders",
    *("--field", "customer:str(100)", "--field", "quantity:int>0", "--field", "total:money"),
    *("--field", "status:enum(new,paid,shipped)=new", "--field", "note:text?"),
]
READINGS = [
    "calibration_measurements",
    *("--field", "serial:int>0 unique", "--field", "accuracy:int>=0<=100=50"),
    *("--field", "is_valid:bool", "--field", "measured_at:datetime", "--field", "due_on:date?"),
    *("--field", "correction_of_the_offset:money?", "--field", "label:str(40)? unique"),
]
NUMBERS = ["trial_scores", "--field", "points:int unique"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copied_to(tmp_path)


def new_domain(copy: Path, *arguments: str) -> None:
    check_in(copy, "devtools", "new-domain", *arguments)


def test_what_is_written_needs_no_edit(copy: Path) -> None:
    for domain in (ORDERS, READINGS, NUMBERS):
        new_domain(copy, *domain)
    ours = [str(path) for path in copy.glob("*/**/*.py") if path.parent.name in _folders()]

    check_in(copy, "ruff", "check", "--no-cache", ".")
    check_in(copy, "ruff", "format", "--no-cache", "--check", ".")
    with_known_types(copy)
    check_in(copy, "mypy", "app/main.py", "app/cli.py", *ours)
    check_in(copy, "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/test_architecture.py")
    check_in(copy, "pytest", "-q", "-x", "-p", "no:cacheprovider", *_tests())


def _folders() -> set[str]:
    return {name for plural, *_ in (ORDERS, READINGS, NUMBERS) for name in (plural, "unit")}


def _tests() -> list[str]:
    """Choose what shows most in the least time; the suite of a copy runs the rest."""
    own = [f"tests/{plural}" for plural, *_ in (ORDERS, READINGS, NUMBERS)]
    return [*own, "tests/domains/test_many_rows.py", "tests/domains/test_imports.py"]


def test_a_dry_run_shows_all_and_writes_nothing(copy: Path) -> None:
    before = files_of(copy)

    shown = run_in(copy, "devtools", "new-domain", *ORDERS, "--dry-run")

    assert (shown.returncode, files_of(copy)) == (0, before)
    new_domain(copy, *ORDERS)
    after = files_of(copy)
    made = {path.name for path in after.keys() - before.keys() if path.name != "__init__.py"}
    changed = {str(path) for path in before if before[path] != after[path]}
    wiring = {"app/api/v1/router.py", "app/dependencies.py"}
    assert {line.strip() for line in shown.stdout.splitlines()} >= made | wiring
    # Beyond those, only documents whose tables are made from the code.
    assert {path for path in changed if not path.endswith((".md", ".json"))} == wiring


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["transactions", "--field", "name:text"], "means something in every domain"),
        (["trial_orders"], "at least one --field"),
        (["trial_orders", "--field", "total:cash"], "^ expected a type"),
        (["people", "--field", "name:text"], "give it with --singular"),
    ],
)
def test_a_refusal_says_why_and_writes_nothing(
    copy: Path, arguments: list[str], message: str
) -> None:
    before = files_of(copy)

    refused = run_in(copy, "devtools", "new-domain", *arguments)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr
    assert files_of(copy) == before


def test_a_file_in_the_way_is_left_alone(copy: Path) -> None:
    in_the_way = copy / "tests" / "trial_orders.py"
    in_the_way.write_text("KEPT = True\n")

    refused = run_in(copy, "devtools", "new-domain", *ORDERS)

    assert "tests/trial_orders.py exists already" in refused.stderr
    assert in_the_way.read_text() == "KEPT = True\n"


def test_a_second_domain_follows_the_first(copy: Path) -> None:
    new_domain(copy, *ORDERS)
    new_domain(copy, *NUMBERS)

    (first,) = copy.glob("migrations/versions/*_trial_orders.py")
    (second,) = copy.glob("migrations/versions/*_trial_scores.py")
    revision = first.name.partition("_")[0]
    assert f'down_revision = "{revision}"' in second.read_text()
    again = run_in(copy, "devtools", "new-domain", *ORDERS)
    assert (again.returncode, again.stdout) == (2, "")
    assert "app/api/v1/trial_orders exists already" in again.stderr


def test_wiring_that_is_not_recognised_is_left_alone(copy: Path) -> None:
    wiring = copy / "app" / "dependencies.py"
    wiring.write_text(wiring.read_text().replace("IdempotencyServiceDep = ", "Other = "))
    before = files_of(copy)

    refused = run_in(copy, "devtools", "new-domain", *ORDERS)

    assert refused.returncode == 2
    assert "app/dependencies.py: has no line" in refused.stderr
    assert files_of(copy) == before
