"""The AsyncAPI 3.0 document of all messages, sent and received, whatever their domain.

https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

import json
from typing import Any

import app
from devtools.documents import envelope, received_messages, sent_messages


def asyncapi_text() -> str:
    return json.dumps(asyncapi_document(), indent=2) + "\n"


def asyncapi_document() -> dict[str, Any]:
    sent, received = sent_messages, received_messages
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": app.__title__,
            "version": app.__version__,
            "description": "What this service tells others and hears from them, through RabbitMQ; "
            "at least once each, the most urgent first.",
        },
        "defaultContentType": "application/json",
        "channels": {sent.CHANNEL: sent.channel(), **received.channels()},
        "operations": sent.operations() | received.operations(),
        "components": {
            "messages": sent.messages() | received.messages(),
            "schemas": envelope.SCHEMAS | sent.schemas() | received.schemas(),
        },
    }
