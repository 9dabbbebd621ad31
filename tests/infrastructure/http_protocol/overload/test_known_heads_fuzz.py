"""Random requests, of which those with known header fields are not parsed."""

import random

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from app.infrastructure.http_protocol import BoundedHttpProtocol
from tests.infrastructure.http_protocol.conftest import EchoApp
from tests.infrastructure.http_protocol.mutations import mutate
from tests.infrastructure.http_protocol.overload.conftest import (
    REQUESTS,
    FullAdmission,
    make_busy_resources,
)
from tests.infrastructure.http_protocol.recording_transport import SETTLING_TURNS, feed

SEQUENCES = 2000


class WithoutKnownHeads(BoundedHttpProtocol):
    """Parses every request."""

    __slots__ = ()

    def _learn_head(self, data: bytes) -> None:  # noqa: ARG002 - part of the interface
        self._refused_head = None


class CountingProtocol(BoundedHttpProtocol):
    """Counts what is not parsed."""

    __slots__ = ()
    unparsed = 0

    def _refuse_unparsed(self, data: bytes) -> bool:
        is_refused = super()._refuse_unparsed(data)
        CountingProtocol.unparsed += is_refused
        return is_refused


@pytest.fixture(autouse=True)
def _equal_responses(monkeypatch: pytest.MonkeyPatch) -> None:
    package = "app.infrastructure.http_protocol"
    for module in ("overload_response", "refusing_http_protocol"):
        monkeypatch.setattr(f"{package}.{module}.new_request_id", lambda: "0" * 32)
    # Rests depend on the time.
    monkeypatch.setattr(BoundedHttpProtocol, "_rest_if_repeating", lambda *_: None)


async def _responses(protocol_class: type[BoundedHttpProtocol], pieces: list[bytes]) -> bytes:
    config = Config(EchoApp(), lifespan="off", access_log=False, log_config=None)
    config.load()
    admission = FullAdmission(start_limit=1)
    # As many as may run.
    admission.running = int(admission.limit.value)
    protocol = protocol_class(config, ServerState(), {"resources": make_busy_resources(admission)})
    return await feed(protocol, pieces, turns=SETTLING_TURNS)


def _random_pieces(generator: random.Random) -> list[bytes]:
    usual, pieces = generator.choice(REQUESTS), []
    for _ in range(generator.randint(2, 6)):
        request = usual if generator.random() < 0.6 else generator.choice(REQUESTS)
        if generator.random() < 0.2:
            request = mutate(request, generator)
        if generator.random() < 0.2:
            request += generator.choice(REQUESTS)
        cut = generator.randrange(len(request)) if generator.random() < 0.2 else 0
        pieces += [request[:cut], request[cut:]] if cut else [request]
    return pieces


@pytest.mark.parametrize("seed", range(2))
async def test_responses_are_the_same_as_if_every_request_was_parsed(seed: int) -> None:
    generator = random.Random(seed)  # noqa: S311 - to be repeatable
    unparsed_before = CountingProtocol.unparsed
    for _ in range(SEQUENCES // 2):
        pieces = _random_pieces(generator)
        known = await _responses(CountingProtocol, pieces)
        assert known == await _responses(WithoutKnownHeads, pieces), pieces
    assert CountingProtocol.unparsed - unparsed_before > SEQUENCES / 20
