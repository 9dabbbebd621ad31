"""One trace leads from a request to its effect in another service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.api.messages.message_dispatcher import MessageContext, MessageDispatcher, MessageHandler
from app.config.settings import Settings
from app.infrastructure.resources import open_resources
from app.schemas.shared.common import MessagePayload
from devtools.rabbitmq import PrivateRabbitMQ
from tests.infrastructure.tracing.conftest import OpenTraced
from tests.support.otlp_receiver import OtlpReceiver, ReceivedSpan
from tests.support.traffic import WIDGETS, make_widget_body
from tests.support.waiting import eventually
from tests.widgets.api.widget_dependencies import build_widget_service

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"


class Created(MessagePayload):
    widget_id: int


async def deactivate(created: Created, context: MessageContext) -> None:
    service = build_widget_service(context.resources, audit=context.audit)
    await service.update(created.widget_id, {"is_active": False})


HANDLER = MessageHandler(event="widget.created", payload=Created, handle=deactivate)


@pytest.fixture
def follower(tmp_path: Path) -> str:
    return f"follower-{tmp_path.name.replace('_', '-')}".lower()


@asynccontextmanager
async def open_follower(settings: Settings, service_name: str) -> AsyncIterator[None]:
    """Run another service that deactivates each new widget."""
    changed = settings.model_dump() | {"service_name": service_name, "event_subscribers": []}
    async with open_resources(Settings.model_validate(changed)) as resources:
        assert resources.messaging.message_broker is not None
        dispatcher = MessageDispatcher(resources, handlers=[HANDLER])
        task = asyncio.create_task(
            resources.messaging.message_broker.consume_messages(service_name, dispatcher)
        )
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_one_trace_leads_from_the_request_to_the_effect_in_another_service(
    open_traced: OpenTraced,
    settings: Settings,
    receiver: OtlpReceiver,
    rabbitmq: PrivateRabbitMQ,
    follower: str,
) -> None:
    messaging = {"rabbitmq_url": rabbitmq.url, "otel_exporter_otlp_endpoint": receiver.url}
    changed = Settings.model_validate(settings.model_dump() | messaging)
    async with (
        open_follower(changed, follower),
        open_traced(rabbitmq_url=rabbitmq.url, event_subscribers=[f"http://{follower}"]) as admin,
    ):
        response = await admin.post(
            WIDGETS,
            json=make_widget_body("traced"),
            headers={"traceparent": f"00-{TRACE_ID}-{CALLER}-01", "tracestate": "vendor=1"},
        )
        path = f"{WIDGETS}/{response.json()['id']}"

        async def is_deactivated() -> bool:
            return (await admin.get(path)).json()["is_active"] is False

        await eventually(is_deactivated)

    request = receiver.one(f"POST {WIDGETS}")
    (insert,) = children_of(receiver, request, "INSERT widgets")
    (sending,) = children_of(receiver, request, f"send queue_{follower}")
    (handling,) = children_of(receiver, sending, f"process queue_{follower}")
    assert response.headers["traceparent"] == request.traceparent
    assert request.parent == CALLER
    assert handling.attributes["app.event"] == "widget.created"
    assert children_of(receiver, handling, "INSERT inbox")
    assert children_of(receiver, handling, "UPDATE widgets")
    whole = [request, insert, sending, handling]
    assert {span.trace_id for span in whole} == {TRACE_ID}
    assert {span.state for span in whole} == {"vendor=1"}
    assert [span.kind for span in whole] == ["server", "client", "producer", "consumer"]
    assert [span.service for span in whole] == [*[settings.service_name] * 3, follower]
    assert not any(span.is_failed for span in receiver.spans)


def children_of(receiver: OtlpReceiver, parent: ReceivedSpan, name: str) -> list[ReceivedSpan]:
    return [span for span in receiver.named(name) if span.parent == parent.span_id]
