from hashlib import sha256

from fastapi import Request, Response

from app.api.http.rendering import matches_if_none_match


class StaticContent:
    """Content that does not change while the process runs; its ETag is its hash."""

    def __init__(
        self, content: bytes, *, media_type: str, headers: dict[str, str] | None = None
    ) -> None:
        self._content = content
        self._media_type = media_type
        self._tag = f'"{sha256(content).hexdigest()[:32]}"'
        # Clients cache the content but revalidate it, so a new release is visible at once.
        self._headers = {"ETag": self._tag, "Cache-Control": "no-cache", **(headers or {})}

    def respond(self, request: Request) -> Response:
        if matches_if_none_match(request, self._tag):
            return Response(status_code=304, headers=self._headers)
        return Response(self._content, 200, self._headers, self._media_type)
