from hashlib import sha256

from fastapi import Request, Response

from app.api.rendering import is_known


class FixedContent:
    """Bytes that stay as they are while the process runs; their hash is their entity tag."""

    def __init__(
        self, content: bytes, *, media_type: str, headers: dict[str, str] | None = None
    ) -> None:
        self._content = content
        self._media_type = media_type
        self._tag = f'"{sha256(content).hexdigest()[:32]}"'
        # Kept by clients, but asked for again each time: a new release shows at once.
        self._headers = {"ETag": self._tag, "Cache-Control": "no-cache", **(headers or {})}

    def answer(self, request: Request) -> Response:
        if is_known(request, self._tag):
            return Response(status_code=304, headers=self._headers)
        return Response(self._content, 200, self._headers, self._media_type)
