"""`new-domain --unique` makes fields unique together, or refuses them with a reason."""

import re
from pathlib import Path

import pytest

from devtools.domain.changes.field_lists import without_fields
from devtools.domain.choice_checks import refuse_bad_choices
from devtools.domain.choices import Choices
from devtools.domain.field_parser import read_fields
from devtools.domain.record import DomainRecord
from devtools.domain.refusal import RefusedError
from tests.support.rendered_domains import FIELDS, ORDERS, render_orders


def test_fields_that_are_unique_together_have_a_constraint_and_an_error(tmp_path: Path) -> None:
    templates = ("migration", "exceptions", "postgres_repository", "fakes", "endpoints")

    texts = render_orders(FIELDS, Choices(unique=["customer_id,number"]), tmp_path, *templates)

    assert (
        "            CONSTRAINT orders_customer_id_number_key UNIQUE (customer_id, number),\n"
        in texts["migration"]
    )
    assert """
class CustomerIdAndNumberTakenError(ConflictError):
    code = "customer_id_and_number_taken"

    def __init__(self, *, customer_id: int, number: str) -> None:
        super().__init__(f"Customer {customer_id} and number {number} belong to another order")
""" in texts["exceptions"]
    assert "class SerialTakenError(ConflictError):" in texts["exceptions"]
    translated = """
        with translate_unique_violation(
            orders_serial_key=SerialTakenError(order.serial),
            orders_customer_id_number_key=CustomerIdAndNumberTakenError(
                customer_id=order.customer_id, number=order.number
            ),
        ):
"""
    assert texts["postgres_repository"].count(translated) == 2
    assert '    ("customer_id", "number"): CustomerIdAndNumberTakenError,\n' in texts["fakes"]
    assert texts["endpoints"].count("CustomerIdAndNumberTakenError, *") == 2


def test_the_tests_get_another_combination_in_each_body(tmp_path: Path) -> None:
    choices = Choices(unique=["customer_id,number", "total,due_on", "status,note"])

    texts = render_orders(FIELDS, choices, tmp_path, "factories", "test_service", "test_routes")

    bodies = texts["factories"]
    assert '        "number": f"{next(_NUMBERS):x}",\n' in bodies
    assert '        "due_on": str(date(2026, 1, 1) + timedelta(next(_NUMBERS))),\n' in bodies
    assert len({*re.findall('"note": "(.*)"', bodies)}) == 3
    assert "async def test_a_taken_total_and_due_on_is_refused(" in texts["test_service"]
    assert '{"number": "Number A"}' not in texts["test_routes"]
    assert 'taken = {"customer_id": 2, "number": "Number A"}' in texts["test_routes"]


def test_two_references_get_other_pairs_of_records(tmp_path: Path) -> None:
    fields = ["student:ref(students)", "course:ref(courses)", "seat:str(2)?"]

    texts = render_orders(fields, Choices(unique=["student_id,course_id"]), tmp_path, "factories")

    assert "_PAIRS = cycle(product((5, 6), range(1, 7)))\n" in texts["factories"]
    assert "    student_id, course_id = next(_PAIRS)\n" in texts["factories"]
    samples = re.findall(r'"student_id": (\d), "course_id": (\d)', texts["factories"])
    assert len({*samples}) == 6
    assert max(samples)[0] == "4"


def test_a_body_without_a_field_of_the_key_counts_nothing(tmp_path: Path) -> None:
    choices = Choices(unique=["customer_id,seat", "total,seat"])
    fields = ["customer:ref(customers)", "total:money", "seat:str(2)?"]

    texts = render_orders(fields, choices, tmp_path, "factories")

    assert '        "customer_id": 1,\n        "total": 12.5,\n    } |' in texts["factories"]
    assert "_NUMBERS" not in texts["factories"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("number", "expected two fields or more, each once"),
        ("number,number", "expected two fields or more, each once"),
        ("number,colour", "there is no field 'colour'; the fields are customer_id, number,"),
        ("number, due_on", "there is no field ' due_on'"),
        ("number,serial", "serial is unique alone"),
        ("first,second,third", "the values do not fit into an index"),
        ("customer_id,total", "the tests need many different records"),
        ("is_gift,status,level", "the tests need many different records"),
    ],
)
def test_a_combination_that_cannot_be_unique_is_refused(text: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=f"^--unique {text}: .*{re.escape(reason)}"):
        refuse_bad_choices(Choices(unique=[text]), read_fields(FIELDS, ORDERS))


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("number,due_on", "due_on,number", "with number,due_on, one of both is redundant"),
        ("number,due_on", "number,due_on,total", "with number,due_on, one of both is redundant"),
        ("a_very_long_name,total_of_all_x", "a_very_long_name,total_of_all_y", "the same name"),
    ],
)
def test_two_combinations_have_other_fields_and_constraints(
    first: str, second: str, reason: str
) -> None:
    long = [f"{name}:str(9)" for name in ("a_very_long_name", "total_of_all_x", "total_of_all_y")]
    fields = read_fields([*FIELDS, *long], ORDERS)

    with pytest.raises(RefusedError, match=reason):
        refuse_bad_choices(Choices(unique=[first, second]), fields)


@pytest.mark.parametrize("name", ["a_b", "a_and_b"])
def test_a_combination_has_other_names_than_a_field_that_is_unique_alone(name: str) -> None:
    fields = read_fields([f"{name}:uuid unique", "a:email", "b:date"], ORDERS)

    with pytest.raises(RefusedError, match=f"the key of {name} has the same name"):
        refuse_bad_choices(Choices(unique=["a,b"]), fields)


def test_a_field_that_is_unique_with_others_is_not_removed() -> None:
    record = DomainRecord(
        plural="orders", singular="order", fields=FIELDS, unique=["customer_id,number"]
    )

    with pytest.raises(RefusedError, match="drops the constraint orders_customer_id_number_key"):
        without_fields(record, ["number"])
