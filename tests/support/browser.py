"""Control a headless Chromium by the DevTools protocol over a WebSocket.

https://chromedevtools.github.io/devtools-protocol/
"""

import asyncio
import json
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Browsers grant pages on loopback more rights than others.
HOST = "service.example"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--remote-debugging-port=0",
    f"--host-resolver-rules=MAP {HOST} 127.0.0.1",
)
# The first start of Chromium reads its files from a slow disk.
SECONDS = 60


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """One tab. `events` contains all its events, oldest first."""

    def __init__(self, connection: ClientConnection) -> None:
        self.events: list[dict[str, Any]] = []
        self._connection = connection
        self._numbers = count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session: str | None = None

    async def attach(self) -> None:
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime", "Audits"):
            await self.call(f"{domain}.enable")

    async def listen(self) -> None:
        async for text in self._connection:
            message = json.loads(text)
            if "id" in message:
                self._answers.pop(message["id"]).set_result(message)
            else:
                self.events.append(message)

    async def call(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        response = self._answers[number] = asyncio.get_running_loop().create_future()
        command: dict[str, object] = {"id": number, "method": method, "params": parameters}
        if self._session:
            command["sessionId"] = self._session
        await self._connection.send(json.dumps(command))
        message = await asyncio.wait_for(response, SECONDS)
        assert "error" not in message, message["error"]
        result: dict[str, Any] = message["result"]
        return result

    async def open(self, url: str) -> None:
        await self.call("Page.navigate", url=url)

    async def evaluate(self, expression: str) -> Any:
        response = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in response, response
        return response["result"].get("value")

    async def wait_for(self, expression: str) -> Any:
        """Evaluate the expression until it is true.

        On a timeout, fail with the text of the page.
        """
        for _ in range(SECONDS * 20):
            if value := await self.evaluate(expression):
                return value
            await asyncio.sleep(0.05)
        shown = await self.evaluate("document.body.innerText.slice(0, 2000)")
        raise AssertionError(f"Timeout while waiting for: {expression}\n{shown}")

    async def click(self, selector: str) -> None:
        """Wait for the element, then click it."""
        element = f"document.querySelector({json.dumps(selector)})"
        await self.wait_for(f"{element} !== null")
        await self.evaluate(f"{element}.click()")

    async def type(self, text: str) -> None:
        await self.call("Input.insertText", text=text)

    def events_of(self, method: str) -> list[dict[str, Any]]:
        return [event["params"] for event in self.events if event["method"] == method]


@asynccontextmanager
async def open_page(executable: str, profile: Path) -> AsyncIterator[Page]:
    process = await asyncio.create_subprocess_exec(
        executable, *FLAGS, f"--user-data-dir={profile}", stdout=DEVNULL, stderr=PIPE
    )
    try:
        async with connect(await _address(process), max_size=None, proxy=None) as connection:
            page = Page(connection)
            listener = asyncio.create_task(page.listen())
            await page.attach()
            yield page
            await page.call("Browser.close")
            await asyncio.wait_for(process.wait(), SECONDS)
            listener.cancel()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _address(process: Process) -> str:
    assert process.stderr
    async with asyncio.timeout(SECONDS):
        async for line in process.stderr:
            if line.startswith(b"DevTools listening on "):
                return line.decode().split()[-1]
    raise AssertionError("Chromium did not start")
