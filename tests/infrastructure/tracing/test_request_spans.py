"""The span of a request: whether there is one, its name, and its attributes."""

import json
import re

import httpx
import pytest

from app.config.settings import Settings
from app.infrastructure.tracing.current_span import current_span
from app.utils.request_context import valid_traceparent
from devtools.valkey import PrivateValkey
from tests.infrastructure.tracing.conftest import OpenTraced
from tests.support.database import fetch_rows
from tests.support.otlp_receiver import OtlpReceiver
from tests.support.settings_and_clients import SECRET
from tests.support.traffic import WIDGETS, make_widget_body, uncached_list_url
from tests.support.waiting import eventually

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SAMPLED = f"00-{TRACE_ID}-b7ad6b7169203331-01"
UNSAMPLED = f"00-{TRACE_ID}-b7ad6b7169203331-00"
# Future flags, of which the last bit says that the trace is sampled.
OTHER_FLAGS = f"00-{TRACE_ID}-b7ad6b7169203331-03"


@pytest.mark.parametrize(
    ("ratio", "traceparent", "count"),
    [(1, None, 1), (0, None, 0), (0, SAMPLED, 1), (0, OTHER_FLAGS, 1), (1, UNSAMPLED, 0)],
)
async def test_the_caller_decides_before_the_ratio_does(
    open_traced: OpenTraced,
    receiver: OtlpReceiver,
    ratio: float,
    traceparent: str | None,
    count: int,
) -> None:
    headers = {} if traceparent is None else {"traceparent": traceparent}
    async with open_traced(trace_sample_ratio=ratio) as client:
        response = await client.get("/health/live", headers=headers)

    spans = receiver.named("GET /health/live")
    assert len(spans) == count
    assert {span.trace_id for span in spans if traceparent} <= {TRACE_ID}
    if spans:
        assert response.headers["traceparent"] == spans[0].traceparent
    else:
        # As it was received: this service has recorded nothing that could be a parent.
        assert response.headers.get("traceparent") == traceparent


async def test_a_span_is_named_by_the_template_of_its_route(
    open_traced: OpenTraced, receiver: OtlpReceiver
) -> None:
    async with open_traced() as client:
        created = (await client.post(WIDGETS, json=make_widget_body("named"))).json()
        path = f"{WIDGETS}/{created['id']}"
        await client.get(path)
        await client.get(path)
        await client.head(path)
        await client.get(f"{path}/nothing/here")
        await client.request("BREW", "/health")

    reads = receiver.named(f"GET {WIDGETS}/{{widget_id}}")
    # The second one is sent from the cache, without routing.
    assert [span.attributes["http.route"] for span in reads] == [f"{WIDGETS}/{{widget_id}}"] * 2
    assert receiver.one(f"HEAD {WIDGETS}/{{widget_id}}").attributes["http.request.method"] == "HEAD"
    assert "http.route" not in receiver.one("GET").attributes
    assert receiver.one("HTTP").attributes["http.request.method"] == "_OTHER"
    assert receiver.one("GET").attributes["http.response.status_code"] == 404
    assert not any(span.is_failed for span in receiver.spans)


async def test_calls_of_a_request_are_its_children(
    open_traced: OpenTraced, receiver: OtlpReceiver, valkey: PrivateValkey
) -> None:
    async with open_traced(redis_url=valkey.url) as client:

        async def uses_redis() -> bool:
            # Not from the start on: the process first confirms that it hears of invalidations.
            await client.get(uncached_list_url())
            return bool(receiver.named("Redis find"))

        await eventually(uses_redis)

    requests = receiver.named(f"GET {WIDGETS}")
    request = {each.span_id: each for each in requests}[receiver.named("Redis find")[0].parent]
    children = {span.name: span for span in receiver.spans if span.trace_id == request.trace_id}
    assert {span.parent for span in children.values() if span != request} == {request.span_id}
    assert children["SELECT widgets"].attributes == {"db.system.name": "postgresql"}
    call = receiver.one("POST /verify")
    assert call.parent in {each.span_id for each in requests}
    assert call.attributes["http.response.status_code"] == 200


async def test_no_attribute_holds_what_a_client_has_sent(
    open_traced: OpenTraced, receiver: OtlpReceiver, settings: Settings
) -> None:
    async with open_traced() as client:
        token = client.headers["Authorization"].removeprefix("Bearer ")
        body = make_widget_body("ada@example.com")
        await client.post(WIDGETS, json=body, headers={"X-Request-ID": "ada-request"})
        await client.get(f"{WIDGETS}?q=ada@example.com", headers={"User-Agent": "ada's"})
        await client.get("/ada@example.com")
        await client.get(f"{WIDGETS}?min_price=ada")

    assert len(receiver.spans) >= 7
    sent, shown = b"".join(receiver.bodies), repr([vars(span) for span in receiver.spans])
    password = httpx.URL(settings.database_url.get_secret_value()).password or SECRET
    for secret in (token, token.split(".")[2], SECRET, password, "ada@example.com", "ada-request"):
        assert secret.encode() not in sent
    # Random IDs may contain short texts by chance, but not as they are shown.
    for text in ("ada", "q=", "$1", "WHERE"):
        assert text not in re.sub("[0-9a-f]{16,}", "", shown), text


async def test_a_server_error_is_named_by_its_cause(
    open_traced: OpenTraced, receiver: OtlpReceiver
) -> None:
    unreachable = "http://127.0.0.1:9/api/v1/auth"
    async with open_traced(auth_service_url=unreachable, external_api_max_retries=0) as client:
        response = await client.get(WIDGETS)

    request, call = receiver.one(f"GET {WIDGETS}"), receiver.one("POST /verify")
    assert response.status_code == 503
    assert request.is_failed
    assert request.attributes["error.type"] == "AuthUnavailableError"
    assert call.is_failed
    assert call.attributes["error.type"] == "NoConnectionError"


async def test_the_decision_not_to_record_is_passed_on(
    open_traced: OpenTraced, database_url: str
) -> None:
    messaging = {"rabbitmq_url": "amqp://127.0.0.1:9/", "event_subscribers": ["http://x"]}
    async with open_traced(trace_sample_ratio=0, **messaging) as client:
        await client.post(WIDGETS, json=make_widget_body("unsampled"))

    (row,) = await fetch_rows(database_url, "outbox")
    assert valid_traceparent(json.loads(row["headers"])["traceparent"])
    assert json.loads(row["headers"])["traceparent"].endswith("-00")


async def test_without_an_endpoint_nothing_is_recorded(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.get("/health/live", headers={"traceparent": SAMPLED})

    assert response.headers["traceparent"] == SAMPLED
    assert current_span.get() is None
