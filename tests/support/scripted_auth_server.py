"""A loopback HTTP server whose responses are scripted by the test."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

Script = Callable[[asyncio.StreamWriter], Awaitable[None]]


class ScriptedAuthServer:
    """A server that records connections and requests. `script` responds to each request."""

    def __init__(self) -> None:
        self.script: Script = reply_principal()
        self.tokens: list[str] = []
        self.other_members: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.credentials: list[str] = []
        self.cookies: list[str] = []
        self.connections = 0
        self._port = 0
        self._server: asyncio.Server | None = None
        self._conversations: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/api/v1/auth"

    @property
    def open_connections(self) -> int:
        return len(self._conversations)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        conversation = asyncio.create_task(self._converse(reader, writer))
        self._conversations.add(conversation)
        conversation.add_done_callback(self._conversations.discard)
        await asyncio.wait({conversation})

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while not writer.is_closing():
                    await self._answer_one(reader, writer)
        finally:
            writer.transport.abort()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
        fields = {name.lower(): value for name, _, value in lines}
        self.paths.append(head.split(" ")[1])
        self.credentials.append(fields.get("authorization", ""))
        body = await reader.readexactly(int(fields["content-length"]))
        is_form = fields["content-type"] == "application/x-www-form-urlencoded"
        members = dict(parse_qsl(body.decode())) if is_form else json.loads(body)
        self.tokens.append(members.pop("token"))
        self.other_members.append(members)
        self.cookies.append(fields.get("cookie", ""))
        await self.script(writer)
        await writer.drain()


def reply(status: int, body: bytes = b"", *headers: str) -> Script:
    async def script(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(body)}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)

    return script


def reply_json(**members: Any) -> Script:
    return reply(200, json.dumps(members).encode(), "Content-Type: application/json")


def make_principal_body(**changed: Any) -> bytes:
    """Return the response body for an admin, with the given changes."""
    return json.dumps({"user_id": "7", "username": "ada", "role": "admin"} | changed).encode()


def reply_principal(user_id: str = "7", username: str = "ada", role: str = "user") -> Script:
    return reply_json(user_id=user_id, username=username, role=role)


def reply_after(seconds: float, script: Script) -> Script:
    async def delayed(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await script(writer)

    return delayed


class HeldReply:
    """A script whose response is sent once `may_reply` is set."""

    def __init__(self, script: Script) -> None:
        self.may_reply = asyncio.Event()
        self._script = script

    async def __call__(self, writer: asyncio.StreamWriter) -> None:
        await self.may_reply.wait()
        await self._script(writer)


def never_reply() -> Script:
    return reply_after(3600, reply(500))


def close_connection() -> Script:
    async def script(writer: asyncio.StreamWriter) -> None:
        writer.close()

    return script


def send_endlessly(start: bytes) -> Script:
    """Send `start`, then single bytes without an end."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    return script


def send_chunks(chunk: bytes, chunks: int) -> Script:
    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 -\r\nContent-Length: %d\r\n\r\n" % (len(chunk) * chunks))
        for _ in range(chunks):
            writer.write(chunk)
            await writer.drain()

    return script


def in_turn(*scripts: Script) -> Script:
    """Use one script for each request, and the last one for all further requests."""
    remaining = list(scripts)

    async def script(writer: asyncio.StreamWriter) -> None:
        current = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        await current(writer)

    return script
