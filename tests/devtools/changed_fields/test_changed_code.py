"""A change of the fields is merged into code that its owner has edited, or changes nothing."""

from pathlib import Path

import pytest

from devtools.copying.git import git
from devtools.domain.changes.plan import plan_addition, plan_drop, plan_removal
from devtools.domain.record import read_record, record_path
from devtools.domain.refusal import RefusedError
from tests.support.changed_domains import PLURAL, SINGULAR, apply_plan, make_domain
from tests.support.copied_services import commit_all
from tests.support.repository_copy import copy_repository, read_files, run_module_in

FIELDS = ["customer:str(100)", "quantity:int>0", "note:text?"]
MODEL = f"app/models/{PLURAL}/{SINGULAR}.py"
SERVICE = f"app/services/{PLURAL}/{SINGULAR}_service.py"
SCHEMAS = f"app/schemas/{PLURAL}/{SINGULAR}_schemas.py"
ROUTES_TEST = f"tests/{PLURAL}/integration/test_{SINGULAR}_routes.py"
IMPORTS = "app/commands/import_targets.py"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    copy = copy_repository(tmp_path)
    make_domain(copy, FIELDS)
    return copy


def edit(copy: Path, path: str, old: str, new: str) -> None:
    text = (copy / path).read_text()
    assert text.count(old) == 1
    (copy / path).write_text(text.replace(old, new))


def test_edits_of_the_owner_survive(copy: Path) -> None:
    edit(copy, SERVICE, "class TrialOrderService:", "LIMIT = 7\n\n\nclass TrialOrderService:")
    edit(
        copy,
        MODEL,
        "from dataclasses import dataclass\n",
        "from dataclasses import dataclass\nfrom math import inf\n\nMAXIMUM = inf\n",
    )
    edit(copy, SCHEMAS, "text_up_to(100)", "text_up_to(90)")
    service = (copy / SERVICE).read_text()

    # Needs an import where the owner has added one.
    plan = plan_addition(PLURAL, ["due_on:date?", "total:money=1"], copy, is_searched=False)
    apply_plan(copy, plan)

    assert plan.conflicts == []
    assert (copy / SERVICE).read_text() == service
    model, schemas = ((copy / path).read_text() for path in (MODEL, SCHEMAS))
    assert "from datetime import date\nfrom decimal import Decimal\nfrom math import inf" in model
    assert "MAXIMUM = inf" in model
    assert '    due_on: date | None = None\n    total: Decimal = Decimal("1.00")\n' in model
    assert "text_up_to(90)" in schemas
    assert "    total: Money = UNSET" in schemas


def test_a_change_and_its_reverse_leave_the_code_as_it_was(copy: Path) -> None:
    before = read_files(copy)
    for text in ("number:str(20)? unique", "kind:enum(hw,sw)?"):
        apply_plan(copy, plan_addition(PLURAL, [text], copy, is_searched=False))
    assert 'resource="trial_orders", key="number"' in (copy / IMPORTS).read_text().replace(
        "\n        ", ""
    )
    apply_plan(copy, plan_removal(PLURAL, ["kind"], copy))
    apply_plan(copy, plan_removal(PLURAL, ["number"], copy))
    assert read_record(copy, PLURAL).removed == ["kind", "number"]
    apply_plan(copy, plan_drop(PLURAL, ["number", "kind"], copy))

    after = read_files(copy)
    assert {str(path) for path in after if after[path] != before.get(path)} == {
        str(path) for path in after if "migrations" in path.parts and path not in before
    }


def test_added_fields_give_the_code_of_a_new_domain(copy: Path, tmp_path: Path) -> None:
    added = ["price:money?", "is_open:bool=true", "code:int? unique", "seen_at:datetime?"]
    apply_plan(copy, plan_addition(PLURAL, added, copy, is_searched=False))
    (tmp_path / "other").mkdir()
    other = copy_repository(tmp_path / "other")
    make_domain(other, [*FIELDS, *added])

    ours, theirs = read_files(copy), read_files(other)

    assert {str(path) for path in ours if ours[path] != theirs.get(path)} == {
        str(path) for path in ours if "migrations" in path.parts and PLURAL in path.name
    }


def test_a_conflict_is_marked_and_named(copy: Path) -> None:
    git(copy, "init", "--quiet")
    edit(copy, MODEL, "    note: str | None = None\n", '    note: str = "none"\n')
    edit(copy, ROUTES_TEST, "_MEMBERS = [", "_MEMBERS = [  # all of them\n    ")
    commit_all(copy)
    before = read_files(copy)
    command = ("devtools", "add-field", PLURAL, "discount:money?")

    shown = run_module_in(copy, *command, "--dry-run")

    assert (shown.returncode, read_files(copy)) == (1, before)
    assert f"Conflicts in {MODEL}:\n  <<<<<<< yours\n" in shown.stdout
    assert 'op.execute("ALTER TABLE trial_orders ADD COLUMN discount numeric(12, 2)")' in (
        shown.stdout
    )
    done = run_module_in(copy, *command)
    assert done.returncode == 1
    assert f"Conflicts, marked as git marks them:\n  {MODEL}\n  {ROUTES_TEST}\n" in done.stdout
    assert (copy / MODEL).read_text().endswith('"""\n')
    assert """\
<<<<<<< yours
    note: str = "none"
=======
    note: str | None = None
    discount: Decimal | None = None
>>>>>>> add-field discount
""" in (copy / MODEL).read_text()
    assert "discount:money?" in (copy / record_path(PLURAL)).read_text()


def test_uncommitted_changes_are_not_touched(copy: Path) -> None:
    git(copy, "init", "--quiet")
    commit_all(copy)
    edit(copy, MODEL, "note: str", "note : str")
    before = read_files(copy)

    refused = run_module_in(copy, "devtools", "remove-field", PLURAL, "note")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (f"Nothing was changed.\nCommit these changes first:\n M {MODEL}\n")
    assert read_files(copy) == before


@pytest.mark.parametrize(
    ("plural", "text", "reason"),
    [
        ("parcels", "x:int?", "parcels is not a domain of this service"),
        (PLURAL, "note:text?", "trial_orders already has the field note"),
        (PLURAL, "price:cash", "expected a type"),
        (PLURAL, "price:money", "price is required, .* price:money\\?, or price:money=DEFAULT"),
        (PLURAL, "code:str(9) unique", "be null or have a default: code:str\\(9\\)\\? unique$"),
        (PLURAL, "due_on:date", r"a default: due_on:date\?, or due_on:date=today$"),
    ],
)
def test_an_addition_is_refused_with_the_reason(
    copy: Path, plural: str, text: str, reason: str
) -> None:
    with pytest.raises(RefusedError, match=reason):
        plan_addition(plural, [text], copy, is_searched=False)


def test_a_removal_is_refused_with_the_reason(copy: Path) -> None:
    apply_plan(copy, plan_addition(PLURAL, ["kind:enum(a,b)=a"], copy, is_searched=False))
    apply_plan(copy, plan_removal(PLURAL, ["note"], copy))

    for names, reason in (
        (["price"], "has no field price"),
        (["note"], "note has been removed from the code of trial_orders before"),
        (["customer", "quantity", "kind"], "would have no field left"),
    ):
        with pytest.raises(RefusedError, match=reason):
            plan_removal(PLURAL, names, copy)
    with pytest.raises(RefusedError, match="run remove-field without --drop first"):
        plan_drop(PLURAL, ["kind"], copy)
    with pytest.raises(RefusedError, match="still has the column note of a removed field"):
        plan_addition(PLURAL, ["note:text?"], copy, is_searched=False)


def test_the_enum_that_leads_the_indexes_stays(tmp_path: Path) -> None:
    copy = copy_repository(tmp_path)
    make_domain(copy, ["name:text", "state:enum(a,b)"])

    with pytest.raises(RefusedError, match="state is the first column of every index"):
        plan_removal(PLURAL, ["state"], copy)


def test_a_record_that_does_not_describe_the_code_is_refused(copy: Path) -> None:
    text = (copy / MODEL).read_text()
    for edited, reason in (
        (text.replace("    note:", "    size: int\n    note:"), "also has size. Add that"),
        (text.replace("    quantity: int\n", ""), "has no quantity. Take that out"),
        (text.replace("NewTrialOrder", "FreshTrialOrder"), "has no class NewTrialOrder"),
        (text + "\n(", "is not valid Python"),
    ):
        (copy / MODEL).write_text(edited)
        with pytest.raises(RefusedError, match=reason):
            plan_addition(PLURAL, ["price:money?"], copy, is_searched=False)
    (copy / record_path(PLURAL)).unlink()
    with pytest.raises(RefusedError, match=f"{PLURAL}.json is missing"):
        plan_addition(PLURAL, ["price:money?"], copy, is_searched=False)


def test_missing_code_is_refused_and_missing_tests_are_named(copy: Path) -> None:
    (copy / ROUTES_TEST).unlink()
    plan = plan_addition(PLURAL, ["price:money?"], copy, is_searched=False)
    assert f"{ROUTES_TEST} is gone: its tests of the change are not written" in plan.notes

    (copy / SCHEMAS).rename(copy / "schemas.py")
    with pytest.raises(RefusedError, match=f"{SCHEMAS} is missing"):
        plan_addition(PLURAL, ["price:money?"], copy, is_searched=False)
