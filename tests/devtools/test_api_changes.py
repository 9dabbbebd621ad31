"""Differences of OpenAPI documents that break clients are found, and only these."""

import json
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from devtools.api_changes.__main__ import PATH, RELEASED, main
from devtools.api_changes.document_changes import breaking_changes
from devtools.documents.openapi import openapi_document

PAGE_SIZE = {"in": "query", "name": "page_size", "schema": {"type": "integer", "maximum": 100}}
DOCUMENT: dict[str, Any] = {
    "info": {"version": "1.4.0"},
    "paths": {
        "/items": {
            "get": {
                "parameters": [PAGE_SIZE],
                "responses": {"200": {"content": {"json": {"schema": {"$ref": "#/schemas/Item"}}}}},
            },
            "post": {
                "requestBody": {"content": {"json": {"schema": {"$ref": "#/schemas/New"}}}},
                "responses": {"201": {}, "409": {}},
            },
        }
    },
    "schemas": {
        "Item": {
            "type": "object",
            "required": ["id", "kind"],
            "properties": {
                "id": {"type": "integer"},
                "kind": {"type": "string", "enum": ["HW", "SW"]},
                "parent": {"anyOf": [{"$ref": "#/schemas/Item"}, {"type": "null"}]},
            },
        },
        "New": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "maxLength": 50},
                "kind": {"type": "string", "enum": ["HW", "SW"]},
                "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            },
        },
    },
}
GET, POST = ("paths", "/items", "get"), ("paths", "/items", "post")
ITEM, NEW = ("schemas", "Item"), ("schemas", "New")
REMOVED = object()


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    document = deepcopy(DOCUMENT)
    node: Any = document
    for name in path[:-1]:
        node = node[name]
    if value is REMOVED:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return document


BREAKING: list[tuple[tuple[str | int, ...], object, str]] = [
    (("paths", "/items"), REMOVED, "GET /items was removed"),
    (POST, REMOVED, "POST /items was removed"),
    ((*GET, "operationId"), "all", "GET /items: operationId None is now all"),
    ((*GET, "security"), [{"Bearer": []}], "GET /items: a token is now required"),
    ((*GET, "parameters"), [], "GET /items: query parameter page_size was removed"),
    ((*GET, "parameters", 0, "required"), True, "query parameter page_size is now required"),
    ((*GET, "parameters", 0, "schema", "maximum"), 50, "page_size: maximum is now 50"),
    ((*GET, "responses", "200"), REMOVED, "GET /items: response 200 was removed"),
    ((*GET, "responses", "200", "content"), {}, "response 200 has no json any more"),
    ((*POST, "requestBody", "required"), True, "POST /items: a body is now required"),
    ((*ITEM, "properties", "id"), REMOVED, "response 200.id was removed"),
    ((*ITEM, "required"), ["kind"], "response 200.id may now be missing"),
    ((*ITEM, "properties", "id", "type"), "number", "response 200.id may now be number"),
    ((*ITEM, "properties", "id", "type"), ["integer", "null"], "id may now be null"),
    ((*ITEM, "properties", "kind", "enum"), ["HW", "SW", "XY"], "kind may now be 'XY'"),
    ((*ITEM, "properties", "kind", "enum"), REMOVED, "is no longer limited to 'HW', 'SW'"),
    ((*NEW, "required"), ["kind", "name"], "body.kind is now required"),
    ((*NEW, "properties", "note"), REMOVED, "body.note was removed"),
    ((*NEW, "properties", "note"), {"type": "string"}, "body.note no longer accepts null"),
    ((*NEW, "properties", "kind", "enum"), ["HW"], "body.kind no longer accepts 'SW'"),
    ((*NEW, "properties", "name", "enum"), ["A"], "body.name is now limited to 'A'"),
    ((*NEW, "properties", "name", "type"), "integer", "body.name no longer accepts string"),
    ((*NEW, "properties", "name", "maxLength"), 40, "body.name: maxLength is now 40"),
    ((*NEW, "properties", "name", "minLength"), 1, "body.name: minLength is now 1"),
    ((*NEW, "properties", "name", "pattern"), "^a", "body.name: its pattern has changed"),
]
HARMLESS: list[tuple[tuple[str | int, ...], object]] = [
    (("paths", "/others"), {"get": {"responses": {}}}),
    ((*GET, "parameters", 0, "schema", "maximum"), 200),
    ((*GET, "parameters", 0, "description"), "How many"),
    ((*GET, "responses", "404"), {}),
    ((*ITEM, "properties", "name"), {"type": "string"}),
    ((*ITEM, "required"), ["id", "kind", "parent"]),
    ((*ITEM, "properties", "kind", "enum"), ["HW"]),
    ((*NEW, "properties", "colour"), {"type": "string"}),
    ((*NEW, "required"), []),
    ((*NEW, "properties", "kind", "enum"), ["HW", "SW", "XY"]),
    ((*NEW, "properties", "name", "maxLength"), 60),
    ((*NEW, "properties", "name", "maxLength"), REMOVED),
]


@pytest.mark.parametrize(("path", "value", "change"), BREAKING, ids=range(len(BREAKING)))
def test_a_breaking_change_is_described(
    path: tuple[str | int, ...], value: object, change: str
) -> None:
    found = breaking_changes(DOCUMENT, changed(path, value))

    assert found
    assert change in found[0]


@pytest.mark.parametrize(("path", "value"), HARMLESS, ids=range(len(HARMLESS)))
def test_a_harmless_change_is_not_reported(path: tuple[str | int, ...], value: object) -> None:
    assert breaking_changes(DOCUMENT, changed(path, value)) == []


def test_an_error_may_move_to_the_default_response() -> None:
    moved = changed((*POST, "responses"), {"201": {}, "default": {}})

    assert breaking_changes(DOCUMENT, moved) == []


def test_the_document_of_the_service_does_not_break_itself() -> None:
    document = json.loads(json.dumps(openapi_document()))

    assert breaking_changes(document, document) == []


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    return tmp_path


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "tag.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True)  # noqa: S603, S607 - ours


def write(root: Path, document: dict[str, Any], *, version: str = "1.4.0") -> None:
    path = root / PATH
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document | {"info": {"version": version}}))


def commit(root: Path, document: dict[str, Any]) -> None:
    write(root, document)
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--no-gpg-sign", "--message", "a")


WITHOUT_POST = changed(POST, REMOVED)


def test_without_an_earlier_document_nothing_breaks(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(repository, DOCUMENT)

    assert main(repository) == 0
    assert "no earlier" in capsys.readouterr().out


@pytest.mark.parametrize("is_committed", [False, True])
def test_a_breaking_change_to_the_last_commit_fails(
    repository: Path, capsys: pytest.CaptureFixture[str], *, is_committed: bool
) -> None:
    commit(repository, DOCUMENT)
    if is_committed:
        commit(repository, WITHOUT_POST)
    else:
        write(repository, WITHOUT_POST)

    assert main(repository) == 1
    shown = capsys.readouterr()
    assert shown.out == "POST /items was removed\n"
    assert shown.err.startswith("1 changes since ")


def test_the_newest_tag_is_the_last_version(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(repository, DOCUMENT)
    git(repository, "tag", "v1.4.0")
    commit(repository, WITHOUT_POST)
    commit(repository, WITHOUT_POST | {"info": {}, "later": True})

    assert main(repository) == 1
    assert "since v1.4.0" in capsys.readouterr().err


def test_the_newest_released_document_stands_for_a_missing_tag(repository: Path) -> None:
    (repository / RELEASED).mkdir(parents=True)
    for version, document in [("1.9.0", WITHOUT_POST), ("1.10.0", DOCUMENT)]:
        (repository / RELEASED / f"{version}.json").write_text(json.dumps(document))
    commit(repository, WITHOUT_POST)
    commit(repository, WITHOUT_POST | {"later": True})

    assert main(repository) == 1


def test_a_new_major_version_may_break_clients(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(repository, DOCUMENT)
    write(repository, WITHOUT_POST, version="2.0.0")

    assert main(repository) == 0
    assert "POST /items was removed" in capsys.readouterr().out
