import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = ["requirements.txt", "requirements-prod.txt"]


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text())
    requirements = [block for block in blocks if not block.startswith("#")]

    assert requirements
    for requirement in requirements:
        assert re.match(r"[\w.\[\],-]+==\S+( ;.*)? \\\n    --hash=sha256:", requirement), (
            requirement
        )


@pytest.mark.parametrize("name", FILES)
def test_no_index_or_place_of_one_machine_is_locked_in(name: str) -> None:
    assert not re.search(r"://|--index|--find-links|^/", (ROOT / name).read_text(), re.MULTILINE)


def test_production_installs_what_the_tests_ran_with() -> None:
    pins = [
        set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.MULTILINE)) for name in FILES
    ]

    assert pins[1] < pins[0]
