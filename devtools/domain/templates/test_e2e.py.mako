"""${n.title} as clients meet them: uvicorn with two workers, a real auth service."""

from tests.${n.plural}.making import DOMAIN, ${n.plural.upper()}, ${n.singular}_body
from tests.problems import problem_of
from tests.server import MakeServer
from tests.setup import Tokens


def test_what_one_worker_stores_every_worker_serves(
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
