"""A copy of a copy takes updates from its parent, and from the template of that."""

from dataclasses import replace
from pathlib import Path

import pytest

from devtools.copying import record
from devtools.copying.git import git
from tests.support.copied_services import commit_all, run_dev

PARAMETERS = record.Parameters(name="Next", port=8200, without_example=False)
TEMPLATE = record.Record(
    template="catalog",
    source="/template",
    version="v1.0",
    parameters=record.Parameters(name="Parcels", port=8100, without_example=True),
)
NEXT = record.Record(
    template="parcels", source="/parcels", version="v7", parameters=PARAMETERS, parent=TEMPLATE
)


def test_the_record_of_a_copy_of_a_copy_has_both_origins(tmp_path: Path) -> None:
    record.write(tmp_path, NEXT)

    assert record.read(tmp_path) == NEXT
    assert NEXT.lineage() == [
        NEXT,
        replace(TEMPLATE, parameters=replace(PARAMETERS, without_example=True)),
    ]


@pytest.mark.parametrize(("generation", "versions"), [(0, ["v8", "v1.0"]), (1, ["v7", "v8"])])
def test_an_update_changes_one_version(generation: int, versions: list[str]) -> None:
    updated = NEXT.updated(generation, source="/moved", version="v8")

    assert [each.version for each in updated.lineage()] == versions
    assert updated.lineage()[generation].source == "/moved"


def test_a_copy_of_a_copy_is_updated_from_both(
    own_template: Path, copy: Path, tmp_path: Path
) -> None:
    child = tmp_path / "child"
    made = run_dev(copy, "new-service", child, "--name", "Next One", "--port", "8200")
    assert made.status == 0, made.errors
    for folder, name in ((own_template, "app/main.py"), (copy, "app/cli.py")):
        with (folder / name).open("a") as file:
            file.write(f"# An edit in {folder.name}.\n")
        commit_all(folder)

    from_parent = run_dev(child, "update-template")
    assert from_parent.status == 0, from_parent.errors
    commit_all(child)
    from_template = run_dev(child, "update-template", own_template)
    assert from_template.status == 0, from_template.errors

    assert (child / "app" / "cli.py").read_text().endswith("# An edit in copy.\n")
    assert (child / "app" / "main.py").read_text().endswith("# An edit in template.\n")
    changed = git(child, "diff", "--staged", "--name-only").splitlines()
    assert changed == [".template.json", "app/main.py"]
    heads = [git(folder, "rev-parse", "HEAD") for folder in (copy, own_template)]
    found = [each.version for each in record.read(child).lineage()]
    # The template of this test may be a copy, too.
    assert [head in version for head, version in zip(heads, found[:2], strict=True)] == [True] * 2
