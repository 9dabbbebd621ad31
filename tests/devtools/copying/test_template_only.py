"""Checks of the template alone; copies do not contain this file."""

from pathlib import Path

import pytest

from devtools.copying.own_documents import OWN_DOCUMENTS
from devtools.copying.renames import read_renames
from devtools.copying.renaming import Renaming, Source
from devtools.copying.template_only import TEMPLATE_ONLY
from tests.support.copied_services import ROOT, run_dev


@pytest.mark.parametrize("name", TEMPLATE_ONLY)
def test_every_template_only_file_exists(name: str) -> None:
    assert (ROOT / name).exists()


def test_documents_written_for_a_copy_are_template_only() -> None:
    assert {*OWN_DOCUMENTS} <= {*TEMPLATE_ONLY}


def test_the_template_has_the_benchmarks() -> None:
    assert " bench " in run_dev(ROOT, "--help").output
    assert run_dev(ROOT, "bench", "--help").status == 0


def test_every_new_name_exists() -> None:
    versions = read_renames()
    missing = []
    for index, renames in enumerate(versions):
        for new in {*renames.modules.values(), *renames.names.values()}:
            name = new
            for later in versions[index + 1 :]:
                name = later.resolve(name, ROOT)
            if not exists(name):
                missing.append(name)

    assert sorted(missing) == []


def test_the_template_uses_no_old_name() -> None:
    files = [*(ROOT / "app").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    outdated = [
        path
        for path in (file.relative_to(ROOT) for file in files)
        for renames in read_renames()
        if Renaming(Source((ROOT / path).read_text()), renames, ROOT, path).has_old_imports
    ]

    assert outdated == []


def exists(name: str) -> bool:
    """Look for a module, or for a definition in one."""
    if file_of(name).exists():
        return True
    module, _, leaf = name.rpartition(".")
    file = file_of(module)
    return file.exists() and any(
        line.startswith(
            (f"{leaf} ", f"{leaf}:", f"class {leaf}", f"def {leaf}(", f"async def {leaf}(")
        )
        for line in file.read_text().splitlines()
    )


def file_of(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")
