"""Imports of old names and their uses are rewritten; other code is not."""

from dataclasses import replace
from pathlib import Path

import pytest

from devtools.copying.renames import Call, Members, Renames
from devtools.copying.renaming import Renaming, Source

PATH = Path("app/api/v1/letters/letter_endpoints.py")
RENAMES = Renames(
    modules={"app.old": "app.new.old", "app.models.record": "app.models.shared.record"},
    own_modules={},
    names={
        "app.old.rendered": "app.new.old.json_response",
        "app.old.kept": "app.new.old.cached_response",
        "app.old.OldError": "app.exceptions.new_error.OldError",
        "app.models.record.newest": "app.models.shared.record.current_or_last",
        "app.old.EventKind": "app.new.old.EventKind",
        "app.dependencies.resources_of": "app.resources.resources_of",
    },
    calls={
        "app.old.kept": Call(positional=["tag"]),
        "app.old.EventKind": Call(keywords={"tells": "payload_fields"}),
        "app.dependencies.resources_of": Call(suffix=".scope"),
    },
    members=[
        Members(
            when=r"app\.(?:new\.)?old\.",
            attributes={"given": "explicit_values"},
            keywords={"record": {"announce": "event"}},
        )
    ],
)


def renamed(text: str, root: Path, *, path: Path = PATH) -> str:
    return Renaming(Source(text), RENAMES, root, path).rename(members=True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from app.old import other\n", "from app.new.old import other\n"),
        (
            "from app.old import rendered as shown\n",
            "from app.new.old import json_response as shown\n",
        ),
        (
            "from app.old import rendered\n\nx = [rendered('é', rendered)]\n",
            "from app.new.old import json_response\n\nx = [json_response('é', json_response)]\n",
        ),
        (
            "from app.old import OldError, b  # why\n",
            "from app.exceptions.new_error import OldError\nfrom app.new.old import b  # why\n",
        ),
        ("from app.models import record\n", "from app.models.shared import record\n"),
        (
            "if a:\n from app.old import OldError, b\n",
            "if a:\n from app.exceptions.new_error import OldError\n from app.new.old import b\n",
        ),
        (
            'from app.old import kept\n@kept("a")\ndef f(): ...\n',
            'from app.new.old import cached_response\n@cached_response(tag="a")\ndef f(): ...\n',
        ),
        (
            "from app.old import EventKind\nE = EventKind(name='a', tells=())\n",
            "from app.new.old import EventKind\nE = EventKind(name='a', payload_fields=())\n",
        ),
        (
            "from app.dependencies import resources_of\nresources_of(request)\n",
            "from app.resources import resources_of\nresources_of(request.scope)\n",
        ),
        (
            "from app.old import b\nb.given()\n",
            "from app.new.old import b\nb.explicit_values()\n",
        ),
        (
            "from app.old import b\nb.record(1, announce=2)\nb(announce=2)\n",
            "from app.new.old import b\nb.record(1, event=2)\nb(announce=2)\n",
        ),
        ("mock('app.old.rendered')\n", "mock('app.new.old.json_response')\n"),
    ],
)
def test_imports_and_uses_get_the_new_names(old: str, new: str, tmp_path: Path) -> None:
    assert renamed(old, tmp_path) == new
    assert renamed(new, tmp_path) == new


@pytest.mark.parametrize(
    "text",
    [
        "from app.other import rendered\n\nrendered('app.oldest', tells=())\n",
        "def rendered(): ...\n\nbody.given()\n",
        "from elsewhere.app.old import rendered\n",
        "'''Text that speaks of app.old and rendered().'''\n",
    ],
)
def test_equal_names_from_other_modules_are_not_changed(text: str, tmp_path: Path) -> None:
    assert renamed(text, tmp_path) == text


@pytest.mark.parametrize(
    "own", ["json_response = 1\n", "def json_response(): ...\n", "def f(rendered): ...\n"]
)
def test_a_new_name_does_not_shadow_a_name_of_the_file(own: str, tmp_path: Path) -> None:
    text = f"from app.old import rendered\n\n{own}rendered()\n"

    assert renamed(text, tmp_path) == (
        f"from app.new.old import json_response as rendered\n\n{own}rendered()\n"
    )


def test_a_package_may_have_the_name_of_a_former_module(tmp_path: Path) -> None:
    (tmp_path / "app" / "old").mkdir(parents=True)
    (tmp_path / "app" / "old" / "part.py").touch()
    text = "from app.old import part\nfrom app.old.part import rendered\n"

    assert renamed(text, tmp_path) == text


def test_a_renamed_definition_is_renamed_in_its_own_file(tmp_path: Path) -> None:
    text = "def newest(a): ...\n\n\nx = newest(1)\n"
    path = Path("app/models/shared/record.py")
    renames = Renames(
        modules={},
        own_modules={},
        names={"app.models.shared.record.newest": "app.models.shared.record.current_or_last"},
        calls={},
        members=[],
    )

    assert Renaming(Source(text), renames, tmp_path, path).rename(members=False) == (
        "def current_or_last(a): ...\n\n\nx = current_or_last(1)\n"
    )


def test_a_long_import_is_wrapped(tmp_path: Path) -> None:
    names = [f"a_rather_long_name_{number}" for number in range(5)]
    new = renamed(f"from app.old import ({', '.join(names)})\n", tmp_path)

    assert new.splitlines() == ["from app.new.old import (", *(f"    {n}," for n in names), ")"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Taken from\nfrom app.services.log import LIMIT\n", True),
        ("def f():\n    from app.services import (\n        clock,\n        log,\n    )\n", True),
        ("from app . services \\\n    .log import*\n", True),
        ("import app.services.log\n", False),
        ("from app.services.shared.log import New\n", False),
    ],
)
def test_only_code_that_may_import_old_names_is_parsed(text: str, *, expected: bool) -> None:
    renames = replace(RENAMES, modules={"app.services.log": "app.services.shared.log"}, names={})
    renaming = Renaming(Source(text), renames, Path("/nowhere"), Path("app/cli.py"))

    assert renames.may_import_old_names(text) is expected
    assert renaming.has_old_imports is expected
