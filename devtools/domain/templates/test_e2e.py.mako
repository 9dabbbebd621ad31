"""${n.title} over HTTP: uvicorn with two workers and a real auth service."""

import pytest

from tests.${n.plural}.factories import DOMAIN, ${n.plural.upper()}, ${n.singular}_body
from tests.support.problems import problem_of
from tests.support.server import MakeServer
from tests.support.settings_and_clients import Tokens

% if references:
pytestmark = pytest.mark.usefixtures("referenced")
% endif


def test_every_worker_serves_what_one_has_stored(
    make_server: MakeServer, tokens: Tokens
) -> None:
    changes = DOMAIN.changes[""]
    with make_server(workers=2) as server, server.client(tokens.admin) as admin:
        created = admin.post(${n.plural.upper()}, json=${n.singular}_body())
        url = created.headers["Location"]
        changed = admin.patch(url, json=changes, headers={"If-Match": created.headers["ETag"]})
        reads = []
        for _ in range(10):
            # A connection of its own may reach either worker.
            with server.client(tokens.user) as user:
                reads.append(user.get(url))
                refused = user.delete(url)
        removed = admin.delete(url)
        gone = admin.get(url)

    assert (created.status_code, changed.status_code) == (201, 200)
    assert changed.json().items() >= changes.items()
    assert {read.text for read in reads} == {changed.text}
    problem_of(refused, 403, "role_not_allowed")
    assert removed.status_code == 204
    problem_of(gone, 404, "${n.singular}_not_found")
