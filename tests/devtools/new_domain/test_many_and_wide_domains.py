"""A service with twenty domains, or with one of fifty fields, passes all checks."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from devtools.domain.new_domain import make, read_blueprint
from devtools.domain.rendering import write
from tests.support.repository_copy import check_module_in, copy_repository

TYPES = (
    *("str(40)", "text?", "int>0", "money", "bool", "enum(new,paid,shipped)=new"),
    *("date", "datetime?", "int?", "str(255)"),
    *("bigint", "decimal(8,3)", "money>=0=0", "money(signed)?", "uuid"),
    *("email", "url?", "time"),
)
TWENTY = {
    f"trial_{letter}_records": ["name:str(100)", f"other:{TYPES[number % len(TYPES)]}"]
    for number, letter in enumerate("abcdefghijklmnopqrst")
}
FIFTY = {"trial_forms": [f"entry_{n}:{TYPES[n % len(TYPES)]}" for n in range(50)]}
# The longest allowed names, and unique values.
LONGEST = {
    "trial_measurement_phases": [
        *("number_of_the_measurement:str(40) unique", "number_of_the_calibration:int unique"),
        *(f"remarks_about_an_offset_{letter}:str(255)" for letter in "abcdefghijkl"),
        f"state_of_the_measurements:enum({'a' * 50},{'b' * 50})",
        "reference_of_the_supplier:str(255)? unique",
    ]
}


@pytest.mark.parametrize("domains", [TWENTY, FIFTY | LONGEST], ids=["many", "wide"])
def test_generated_domains_pass_the_checks_of_the_service(
    domains: dict[str, Sequence[str]], tmp_path: Path
) -> None:
    copy = copy_repository(tmp_path)
    for plural, fields in domains.items():
        blueprint = read_blueprint(plural, None, [*fields], copy)
        made, changed = make(blueprint, copy)
        write({**made, **changed}, copy)
    check_module_in(copy, "devtools", "docs")

    check_module_in(copy, "ruff", "check", "--no-cache", ".")
    check_module_in(copy, "ruff", "format", "--no-cache", "--check", ".")
    check_module_in(
        copy,
        *("pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/test_architecture.py"),
        *("tests/api/test_authorisation.py", "tests/docs/test_generated_documents.py"),
        *("tests/docs/test_openapi_responses.py", "tests/domains/test_enum_values.py"),
    )
