"""In production every line of stdout is a JSON object."""

import json
from typing import Any

from tests.support.otlp_receiver import open_receiver
from tests.support.server import ROOT, MakeServer
from tests.support.settings_and_clients import Tokens
from tests.support.traffic import WIDGETS, make_widget_body

LOG_CONFIG = ROOT / "app" / "config" / "uvicorn_log.json"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_lines_are_json_from_the_first_to_the_last_and_have_fields(
    make_server: MakeServer, tokens: Tokens
) -> None:
    with open_receiver() as receiver:
        server = make_server(
            *("--log-config", str(LOG_CONFIG), "--no-access-log"),
            workers=2,
            app_env="production",
            otel_exporter_otlp_endpoint=receiver.url,
        )
        server.start()
        with server.client(tokens.admin) as client:
            headers = {"traceparent": TRACEPARENT, "X-Request-ID": "r-1"}
            response = client.post(WIDGETS, json=make_widget_body("logged"), headers=headers)
        status = server.stop()

    lines = [json.loads(line) for line in server.output.splitlines()]
    assert (response.status_code, status) == (201, 0)
    assert lines[0]["logger"] == lines[-1]["logger"] == "uvicorn.error"
    assert {"Started parent process", "Started server process"} <= set(beginnings(lines))
    (request,) = [line for line in lines if line["logger"] == "app.access" and "user" in line]
    span = receiver.one(f"POST {WIDGETS}")
    assert request.pop("message").startswith(f"POST {WIDGETS} 201 ")
    assert request.pop("duration_ms") > 0
    assert request.pop("timestamp")
    assert request == {
        "level": "INFO",
        "logger": "app.access",
        "method": "POST",
        "route": WIDGETS,
        "status": 201,
        "user": request["user"],
        "client_ip": "127.0.0.1",
        "request_id": "r-1",
        "trace_id": span.trace_id,
        "span_id": span.span_id,
    }


def beginnings(lines: list[dict[str, Any]]) -> list[str]:
    """Return the messages without the numbers of processes."""
    return [line["message"].split(" [")[0] for line in lines]
