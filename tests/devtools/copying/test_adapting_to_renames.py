"""The code of a copy is adapted to names that the template has changed."""

from pathlib import Path

import pytest

from devtools.copying.git import attempt, git
from devtools.copying.renamed_names import adapt_code
from devtools.copying.renames import Members, Renames
from tests.support.copied_services import commit_all

RENAMES = Renames(
    modules={"app.services.log": "app.services.shared.log"},
    own_modules={"tests.{plural}.making": "tests.{plural}.factories"},
    names={
        "app.services.log.Old": "app.services.shared.log.New",
        "app.dependencies._trail": "app.dependencies.trail_of",
    },
    calls={},
    members=[Members(when="app", attributes={"given": "explicit_values"})],
)
FILES = {
    ".template.json": "{}",
    "app/api/v1/letters/letter_endpoints.py": "from app.services.log import Old\n\nOld()\n",
    "app/models/letters/letter.py": "import app\n\napp.given()\n",
    "tests/letters/making.py": "URL = '/letters'\n",
    "tests/letters/test_letters.py": "from tests.letters.making import URL\n\nURL.lower()\n",
    "app/models/stamps/stamp.py": "from app.models import stamps\n\nstamps.given()\n",
}
DEPENDENCIES = '''\
"""The guards."""

from app.a import a
from app.services.log import Old
from app.z import z


def first() -> None:
    a(Old, _trail())


def _trail() -> None:
    z()
'''


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    for name, text in FILES.items():
        write(tmp_path / name, text)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def texts(copy: Path) -> dict[str, str]:
    files = [path for path in copy.rglob("*") if path.is_file() and ".git" not in path.parts]
    return {str(path.relative_to(copy)): path.read_text() for path in files}


def test_own_domains_are_adapted_to_the_new_names_once(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    adapt_code(copy, [RENAMES])

    adapted = texts(copy)
    assert adapted["app/api/v1/letters/letter_endpoints.py"] == (
        "from app.services.shared.log import New\n\nNew()\n"
    )
    assert "tests/letters/making.py" not in adapted
    assert adapted["tests/letters/test_letters.py"].startswith("from tests.letters.factories")
    assert "app/api/v1/letters/letter_endpoints.py: adapted" in capsys.readouterr().out

    adapt_code(copy, [RENAMES])
    assert (texts(copy), capsys.readouterr().out) == (adapted, "")


def test_code_without_old_names_is_not_changed(copy: Path) -> None:
    adapt_code(copy, [RENAMES])

    name = "app/models/stamps/stamp.py"
    assert texts(copy)[name] == FILES[name]


def test_nothing_is_changed_outside_of_a_copy(copy: Path) -> None:
    (copy / ".template.json").unlink()
    before = texts(copy)

    adapt_code(copy, [RENAMES])

    assert texts(copy) == before


def test_a_conflict_over_a_renamed_import_is_resolved(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = "from app.letters import letters\n"
    ours = DEPENDENCIES.replace("from app.services", f"{own}from app.services")
    ours = ours.replace(
        "def _trail", "def second() -> None:\n    letters(_trail())\n\n\ndef _trail"
    )
    theirs = (
        DEPENDENCIES.replace("app.services.log import Old", "app.services.shared.log import New")
        .replace("Old", "New")
        .replace("_trail", "trail_of")
    )
    path = copy / "app" / "dependencies.py"
    conflict(copy, path, DEPENDENCIES, ours, theirs)

    adapt_code(copy, [RENAMES])

    assert "app/dependencies.py: conflict resolved" in capsys.readouterr().out
    assert git(copy, "diff", "--name-only", "--diff-filter=U") == ""
    assert path.read_text() == theirs.replace(
        "from app.services", f"{own}from app.services"
    ).replace("def trail_of", "def second() -> None:\n    letters(trail_of())\n\n\ndef trail_of")


def test_a_conflict_over_anything_else_is_left_to_the_owner(copy: Path) -> None:
    path = copy / "app" / "dependencies.py"
    ours, theirs = (DEPENDENCIES.replace("    z()", f"    z({side})") for side in (1, 2))
    conflict(copy, path, DEPENDENCIES, ours, theirs)

    adapt_code(copy, [RENAMES])

    assert git(copy, "diff", "--name-only", "--diff-filter=U") == "app/dependencies.py"
    assert "<<<<<<< " in path.read_text()


def conflict(copy: Path, path: Path, base: str, ours: str, theirs: str) -> None:
    write(path, base)
    commit_all(copy)
    git(copy, "switch", "--quiet", "--create", "theirs")
    write(path, theirs)
    commit_all(copy)
    git(copy, "switch", "--quiet", "main")
    write(path, ours)
    commit_all(copy)
    assert attempt(copy, "merge", "theirs").returncode == 1
