"""Use the Python client that openapi-python-client has generated: URL and token as arguments.

mypy checks this file and the client strictly before it runs.
"""

# ruff: noqa: INP001 - a script

import sys
from uuid import uuid4

from widget_client import AuthenticatedClient
from widget_client.api.widgets import create_widget, get_widget, list_widgets, update_widget
from widget_client.models import (
    Problem,
    WidgetCreate,
    WidgetCreateKind,
    WidgetPage,
    WidgetResponse,
    WidgetUpdate,
)
from widget_client.types import UNSET, Unset

COUNT, PAGE_SIZE = 5, 2


def main(url: str, token: str) -> None:
    client = AuthenticatedClient(base_url=url, token=token)
    category = f"Python {uuid4()}"
    ids = [create(client, category, number) for number in range(COUNT)]
    page_through(client, category, ids)
    update_with_version(client, ids[0])
    receive_a_typed_problem(client)
    sys.stdout.write(f"Python client: {COUNT} created, paged, updated, replayed, refused\n")


def create(client: AuthenticatedClient, category: str, number: int) -> int:
    body = WidgetCreate(
        name=f"Widget {number}", category=category, price=12.5, kind=WidgetCreateKind.HW
    )
    key = str(uuid4())
    first = create_widget.sync_detailed(client=client, body=body, idempotency_key=key)
    again = create_widget.sync_detailed(client=client, body=body, idempotency_key=key)
    created, replayed = first.parsed, again.parsed
    expect(isinstance(created, WidgetResponse) and isinstance(replayed, WidgetResponse), created)
    assert isinstance(created, WidgetResponse)  # noqa: S101 - for mypy
    expect(created == replayed, replayed)
    expect(again.headers.get("Idempotency-Replayed") == "true", again.headers)
    return created.id


def page_through(client: AuthenticatedClient, category: str, ids: list[int]) -> None:
    found: list[int] = []
    cursor: str | Unset = UNSET
    while True:
        page = list_widgets.sync(
            client=client, category=category, page_size=PAGE_SIZE, cursor=cursor
        )
        if not isinstance(page, WidgetPage):
            sys.exit(f"no page: {page}")
        found += [widget.id for widget in page.items]
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    expect(found == ids, found)


def update_with_version(client: AuthenticatedClient, widget_id: int) -> None:
    tag = get_widget.sync_detailed(widget_id, client=client).headers["ETag"]
    changes = WidgetUpdate(note="Changed")
    updated = update_widget.sync(widget_id, client=client, body=changes, if_match=tag)
    expect(isinstance(updated, WidgetResponse) and updated.note == "Changed", updated)
    stale = update_widget.sync(widget_id, client=client, body=changes, if_match=tag)
    expect(isinstance(stale, Problem) and stale.code == "stale_version", stale)


def receive_a_typed_problem(client: AuthenticatedClient) -> None:
    missing = get_widget.sync(2**40, client=client)
    expect(isinstance(missing, Problem) and missing.code == "widget_not_found", missing)
    stranger = AuthenticatedClient(base_url=str(client.get_httpx_client().base_url), token="none")  # noqa: S106
    # A status of the shared response.
    refused = get_widget.sync(1, client=stranger)
    expect(isinstance(refused, Problem) and refused.code == "invalid_token", refused)


def expect(is_true: bool, shown: object) -> None:  # noqa: FBT001 - like an assertion
    if not is_true:
        sys.exit(f"unexpected: {shown}")


main(*sys.argv[1:])
