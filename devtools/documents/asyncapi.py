"""The AsyncAPI 3.0 document of all messages that any domain sends or receives.

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
            "description": "Messages that this service sends and receives through RabbitMQ, "
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
