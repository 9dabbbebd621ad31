"""`dev.py remove-example` makes of a copy what `--without-example` would have made."""

from pathlib import Path

import pytest

from devtools.copying import record
from devtools.copying.domain_files import has_domain
from devtools.copying.new_service import EXAMPLE
from tests.support.copied_services import ROOT
from tests.support.repository_copy import check_module_in, read_files

pytestmark = pytest.mark.skipif(not has_domain(ROOT, EXAMPLE), reason="there is no example")


def test_the_example_is_removed_from_a_copy(copy: Path, bare_service: Path) -> None:
    check_module_in(copy, "devtools", "remove-example")

    left = {path for path in read_files(copy) if ".git" not in path.parts}
    wanted = {path for path in read_files(bare_service) if ".git" not in path.parts}
    more = {path for path in left - wanted if path.suffix == ".py"}
    assert sorted(path.name[5:-3] for path in more) == [EXAMPLE, f"{EXAMPLE}_removed"]
    assert wanted - left == set()
    assert record.read(copy).parameters.without_example
    check_module_in(
        copy,
        *("pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/test_architecture.py"),
        *("tests/docs/test_generated_documents.py", "tests/commands/test_alembic_command.py"),
    )
