"""A reference is added to a domain that exists, and removed, as any other field."""

from pathlib import Path

import pytest

from devtools.domain.changes.plan import plan_addition, plan_removal
from devtools.domain.new_domain import make, read_blueprint
from devtools.domain.record import read_record
from devtools.domain.refusal import RefusedError
from devtools.domain.rendering import write
from tests.support.changed_domains import PLURAL, SINGULAR, apply_plan, make_domain
from tests.support.repository_copy import copy_repository

FIELDS = ["quantity:int>0"]
MODEL = f"app/models/{PLURAL}/{SINGULAR}.py"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    copy = copy_repository(tmp_path)
    make_domain(copy, FIELDS)
    return copy


def test_a_reference_comes_with_the_records_of_its_tests(copy: Path) -> None:
    customers = read_blueprint("trial_customers", "trial_customer", ["name:str(9)"], copy)
    created, changed = make(customers, copy)
    write({**created, **changed}, copy)

    plan = plan_addition(PLURAL, ["payer:ref(trial_customers)?"], copy, is_searched=False)
    apply_plan(copy, plan)

    assert plan.conflicts == []
    assert [*plan.created] == [f"tests/{PLURAL}/conftest.py"]
    assert "    payer_id: int | None = None\n" in (copy / MODEL).read_text()
    assert read_record(copy, PLURAL).fields == [*FIELDS, "payer:ref(trial_customers)?"]
    fixture = copy / plan.created.popitem()[0]
    text = fixture.read_text()
    fixture.write_text(f"{text}# An edit.\n")
    edited = plan_removal(PLURAL, ["payer_id"], copy)
    assert edited.unused == []
    assert edited.notes[-1].startswith(f"tests/{PLURAL}/conftest.py is not needed any more, but")

    fixture.write_text(text)
    apply_plan(copy, plan_removal(PLURAL, ["payer_id"], copy))
    assert "payer_id" not in (copy / MODEL).read_text()
    assert read_record(copy, PLURAL).removed == ["payer_id"]
    assert not fixture.exists()


def test_a_reference_to_no_domain_is_refused(copy: Path) -> None:
    with pytest.raises(RefusedError, match="there is no domain buyers"):
        plan_addition(PLURAL, ["buyer:ref(buyers)?"], copy, is_searched=False)
