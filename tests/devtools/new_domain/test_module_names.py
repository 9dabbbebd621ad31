"""A domain may have the name of a module that its code, or that of others, imports."""

from pathlib import Path

from tests.support.repository_copy import check_module_in, copy_repository

# With their singulars. The tests import all of them, and so do pytest and its plugins.
NAMES = {"time": "typing", "date": "enum", "json": "httpx"}
FIELDS = ("--field", "number:str(20) unique", "--field", "opens_at:time", "--field", "day:date")


def test_domains_with_names_of_modules_work_and_are_referred_to(tmp_path: Path) -> None:
    copy = copy_repository(tmp_path)
    references = []
    for plural, singular in NAMES.items():
        arguments = (plural, "--singular", singular, *FIELDS)
        check_module_in(copy, "devtools", "new-domain", *arguments)
        references += ["--field", f"{plural}_of:ref({plural})"]
    check_module_in(copy, "devtools", "new-domain", "trial_orders", *FIELDS, *references)

    check_module_in(copy, "ruff", "check", "--no-cache", "app", "tests")
    plurals = (*NAMES, "trial_orders")
    places = [f"tests/{plural}/{folder}" for plural in plurals for folder in ("unit", "e2e")]
    routes = "tests/trial_orders/integration"
    check_module_in(copy, "pytest", "-q", "-x", "-p", "no:cacheprovider", *places, routes)
