"""The options of `new-domain` are rendered, recorded, and refused with a reason."""

import json
import re
from pathlib import Path

import pytest

from devtools.domain.blueprint import Blueprint
from devtools.domain.changes.field_lists import blueprint_of_code, with_fields, without_fields
from devtools.domain.choices import Choices, refuse_bad_choices
from devtools.domain.field_parser import read_fields
from devtools.domain.names import Names
from devtools.domain.record import DomainRecord, read_record, record_path, record_text
from devtools.domain.refusal import RefusedError
from devtools.domain.rendering import FILES, formatted, render
from tests.support.repository_copy import ROOT

ORDERS = Names(plural="orders", singular="order")
FIELDS = [
    *("customer:ref(customers)", "number:str(20)", "serial:int unique", "total:money"),
    *("status:enum(new,paid)=new", "note:str(50)?", "is_gift:bool=false", "due_on:date"),
    *("first:str(255)", "second:str(255)", "third:str(255)", "level:int>0<9"),
]


def render_orders(
    fields: list[str], choices: Choices, tmp_path: Path, *names: str
) -> dict[str, str]:
    """Return the formatted texts of these templates, by their names."""
    blueprint = Blueprint(
        names=ORDERS,
        fields=read_fields(fields, ORDERS),
        revision="0009",
        down_revision="0008",
        choices=choices,
    )
    place = {"plural": "orders", "singular": "order", "revision": "0009"}
    paths = {name: FILES[name].format(**place) for name in names}
    texts = render(blueprint)
    chosen = {path: texts[path] for path in paths.values()}
    done = formatted(chosen, tmp_path, ROOT / "pyproject.toml")
    return {name: done[path] for name, path in paths.items()}


# --unique


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

    def __init__(self, customer_id: int, number: str) -> None:
        super().__init__(f"Customer {customer_id} and number {number} belong to another order")
""" in texts["exceptions"]
    assert "class SerialTakenError(ConflictError):" in texts["exceptions"]
    translated = """
        with translate_unique_violation(
            orders_serial_key=SerialTakenError(order.serial),
            orders_customer_id_number_key=CustomerIdAndNumberTakenError(
                order.customer_id, order.number
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


# --sort-by

SORTED = ["customer:str(100)", "total:money", "note:text?", "title:str(255)"]


def indexes_in(migration: str) -> list[str]:
    return re.findall(r"(?:INDEX|PRIMARY KEY) (?:orders_)?(\w+|\(id\))", migration)


@pytest.mark.parametrize(
    ("sort_by", "walks", "others"),
    [
        ([], ["created_at", "updated_at", "customer", "total", "title"], []),
        (["total"], ["total"], ["customer"]),
        (["title", "updated_at"], ["updated_at", "title"], ["customer", "total"]),
        (["id"], [], ["customer", "total"]),
    ],
)
def test_only_the_chosen_sorts_have_indexes(
    sort_by: list[str], walks: list[str], others: list[str], tmp_path: Path
) -> None:
    templates = ("migration", "schemas", "postgres_repository")

    texts = render_orders(SORTED, Choices(sort_by=sort_by), tmp_path, *templates)

    expected = ["(id)", *(f"{name}_idx" for name in others), *(f"{name}_walk" for name in walks)]
    assert indexes_in(texts["migration"]) == [*expected, "search_idx", "search_pairs_idx"]
    assert ("# One for each sort;" in texts["migration"]) is bool(walks)
    listed = ", ".join(f'"{name}"' for name in ("id", *walks))
    assert f'    sort_by: Literal[{listed}] = "id"\n' in texts["schemas"]
    sorts = "".join(f'        "{name}": "{name}",\n' for name in ("id", *walks))
    assert f"    sorts={{\n{sorts}    }},\n" in texts["postgres_repository"]


@pytest.mark.parametrize("name", ["note", "colour", "serial "])
def test_a_sort_that_needs_another_field_is_refused(name: str) -> None:
    with pytest.raises(RefusedError, match=f"^--sort-by number,{name}: lists cannot sort by"):
        refuse_bad_choices(Choices(sort_by=["number", name]), read_fields(FIELDS, ORDERS))


def test_the_sort_by_a_removed_field_ends() -> None:
    record = DomainRecord(plural="orders", singular="order", fields=SORTED, sort_by=["total"])

    assert blueprint_of_code(record).sorts == ["id", "total"]
    assert blueprint_of_code(without_fields(record, ["total"])).sorts == ["id"]


# --no-search


def test_lists_without_a_search_have_neither_q_nor_its_indexes(tmp_path: Path) -> None:
    templates = ("migration", "schemas", "postgres_repository", "fakes", "endpoints")

    texts = render_orders(SORTED, Choices(no_search=True), tmp_path, *templates)

    assert not [name for name, text in texts.items() if "search" in text.lower()]
    assert "class OrderFilters(ListParameters):" in texts["schemas"]
    assert '"""List orders, filtered and sorted, by page or by cursor."""' in texts["endpoints"]


def test_a_text_added_to_lists_without_a_search_is_not_searched() -> None:
    record = DomainRecord(plural="orders", singular="order", fields=SORTED, no_search=True)

    added = with_fields(record, ["remark:text?"], is_searched=False)

    assert (added.secondary, blueprint_of_code(added).searched) == ([], [])
    with pytest.raises(RefusedError, match="orders has no search"):
        with_fields(record, ["remark:text?"], is_searched=True)


# --public-read


def test_public_reads_declare_a_guard_that_the_setting_opens(tmp_path: Path) -> None:
    templates = ("endpoints", "factories", "test_routes")

    texts = render_orders(SORTED, Choices(public_read=True), tmp_path, *templates)

    assert texts["endpoints"].count("dependencies=READER") == 3
    assert texts["endpoints"].count("dependencies=ADMIN") == 3
    assert "USER" not in texts["endpoints"]
    assert (
        'guards=dict.fromkeys(("GET", "GET /export", "GET /{order_id}"), require_reader),\n'
        in texts["factories"]
    )
    assert "running_app(settings, public_reads=True)" in texts["test_routes"]


# --no-events


def test_a_domain_without_events_audits_its_changes(tmp_path: Path) -> None:
    templates = ("events", "service", "factories", "test_service")

    texts = render_orders(FIELDS, Choices(no_events=True), tmp_path, *templates)

    assert texts["events"] == NO_EVENTS
    assert 'record("CREATE_ORDER", None, order)' in texts["service"]
    assert "event" not in texts["service"]
    assert "    sends_events=False,\n" in texts["factories"]
    assert "order.created" not in texts["test_service"]


NO_EVENTS = '''"""Orders send no events to other services."""

from app.models.orders.order import Order
from app.models.shared.event import EventKind
from app.models.shared.imported_changes import ImportedChanges, RecordedAs

EVENTS: tuple[EventKind, ...] = ()

ORDER_IMPORT = ImportedChanges(
    record=Order,
    created=RecordedAs("CREATE_ORDER"),
    updated=RecordedAs("UPDATE_ORDER"),
)
'''


# The record

RECORD = DomainRecord(
    plural="orders",
    singular="order",
    fields=FIELDS,
    unique=["customer_id,number"],
    sort_by=["number"],
    no_search=True,
    public_read=True,
    no_events=True,
)


def test_a_record_keeps_the_choices_for_later_changes(tmp_path: Path) -> None:
    (tmp_path / record_path("orders")).parent.mkdir(parents=True)
    (tmp_path / record_path("orders")).write_text(record_text(RECORD))

    assert read_record(tmp_path, "orders") == RECORD
    added = with_fields(RECORD, ["colour:str(9)?"], is_searched=False)
    assert blueprint_of_code(added).choices == RECORD.choices


def test_a_record_without_choices_is_as_before(tmp_path: Path) -> None:
    old = '{"plural": "orders", "singular": "order", "fields": ["number:str(9)"]}'
    (tmp_path / record_path("orders")).parent.mkdir(parents=True)
    (tmp_path / record_path("orders")).write_text(old)

    record = read_record(tmp_path, "orders")

    assert record.choices == Choices()
    assert record_text(record) == f"{json.dumps(json.loads(old), indent=4)}\n"


def test_a_field_that_is_unique_with_others_is_not_removed() -> None:
    with pytest.raises(RefusedError, match="drops the constraint orders_customer_id_number_key"):
        without_fields(RECORD, ["number"])
