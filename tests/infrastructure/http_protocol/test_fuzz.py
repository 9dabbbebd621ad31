"""Mutated requests of the corpus, fed to the protocol without a socket."""

import random
from collections.abc import Iterable

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from app.infrastructure.http_protocol import BoundedHttpProtocol
from tests.infrastructure.http_protocol.corpus import CORPUS
from tests.infrastructure.http_protocol.mutations import mutate
from tests.infrastructure.http_protocol.recording_transport import feed
from tests.support.raw_http import parse_responses

MUTATIONS = 3000


class CountingApp:
    def __init__(self) -> None:
        self.hosts: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.hosts.append([name for name, _ in scope["headers"]].count(b"host"))
        more_body = True
        while more_body:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            more_body = message.get("more_body", False)
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body"})


async def _statuses(pieces: Iterable[bytes]) -> tuple[list[int], list[int]]:
    """Return the statuses of the responses, and the number of Host headers of each request."""
    app = CountingApp()
    config = Config(app, lifespan="off", access_log=False, log_config=None)
    config.load()
    protocol = BoundedHttpProtocol(config=config, server_state=ServerState(), app_state={})
    written = await feed(protocol, pieces)
    return [response.status for response in parse_responses(written)], app.hosts


def _split(raw: bytes, generator: random.Random) -> list[bytes]:
    cuts = sorted(generator.randrange(len(raw) + 1) for _ in range(generator.randint(1, 12)))
    return [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]


@pytest.mark.parametrize("seed", range(4))
async def test_mutated_requests_get_the_same_responses_however_they_are_split(seed: int) -> None:
    generator = random.Random(seed)  # noqa: S311 - to be repeatable
    requests = [case.raw for case in CORPUS.values()]
    for _ in range(MUTATIONS // 4):
        raw = mutate(b"".join(generator.choices(requests, k=generator.randint(1, 3))), generator)
        whole, hosts = await _statuses([raw])
        split, _ = await _statuses(_split(raw, generator))
        assert whole == split, raw
        assert set(whole) <= {200, 400, 417, 431, 501, 505}, raw
        # A refusal is the last response, and no application sees two hosts.
        assert all(status == 200 for status in whole[:-1]), raw
        assert max(hosts, default=0) <= 1, raw
