from collections.abc import AsyncIterator

import pytest

from app.exceptions.base import ServiceError
from app.infrastructure.security.opening import open_token_verifier
from app.infrastructure.security.token_verifier import TokenVerifier
from tests.support.forged_tokens import make_token
from tests.support.recording_metrics import RecordingMetrics
from tests.support.scripted_auth_server import (
    Script,
    ScriptedAuthServer,
    close_connection,
    reply,
    reply_json,
    reply_principal,
)
from tests.support.token_verifiers import TIMING, make_auth_settings


@pytest.fixture
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


@pytest.fixture
async def verifier(
    auth_server: ScriptedAuthServer, metrics: RecordingMetrics
) -> AsyncIterator[TokenVerifier]:
    settings = make_auth_settings(auth_server.url)
    async with open_token_verifier(settings, TIMING, metrics=metrics) as opened:
        yield opened


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (reply(401), "refused"),
        (reply_json(user_id="7"), "unusable"),
        (reply(500), "unavailable"),
        (close_connection(), "unavailable"),
    ],
    ids=["refused", "unusable", "fault", "closed"],
)
async def test_a_verdict_and_its_call_are_recorded(
    script: Script,
    outcome: str,
    auth_server: ScriptedAuthServer,
    verifier: TokenVerifier,
    metrics: RecordingMetrics,
) -> None:
    auth_server.script = script
    with pytest.raises(ServiceError):
        await verifier.verify(make_token(sub="7"))
    assert metrics.counts == {("auth_verdicts_total", outcome): 1}
    assert len(metrics.values["auth_service_request_duration_seconds",]) == 1


async def test_a_token_from_the_cache_has_no_new_verdict(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier, metrics: RecordingMetrics
) -> None:
    auth_server.script = reply_principal()
    token = make_token(sub="7")
    for _ in range(3):
        await verifier.verify(token)
    assert metrics.counts == {("auth_verdicts_total", "accepted"): 1}


async def test_a_token_that_is_not_sent_has_its_own_verdict(
    verifier: TokenVerifier, metrics: RecordingMetrics
) -> None:
    with pytest.raises(ServiceError):
        await verifier.verify("no token")
    assert metrics.counts == {("auth_verdicts_total", "invalid"): 1}
    assert not metrics.values


async def test_the_circuit_is_shown(
    auth_server: ScriptedAuthServer, verifier: TokenVerifier, metrics: RecordingMetrics
) -> None:
    metrics.sample()
    assert metrics.gauges["auth_circuit_open",] == 0
    await auth_server.stop()
    with pytest.raises(ServiceError):
        await verifier.verify(make_token(sub="7"))
    metrics.sample()
    assert metrics.gauges["auth_circuit_open",] == 1
