"""Key of a cached response, for the application and for the HTTP protocol before it."""

from typing import TypeAlias

ResponseKey: TypeAlias = str | tuple[str, str, bytes] | tuple[str, str, bytes, str]


def response_key(root_path: str, path: str, query: bytes, variant: str = "") -> ResponseKey:
    """Return the path alone where that suffices, because a process holds thousands of keys."""
    if variant:
        return root_path, path, query, variant
    # The links of a list response contain the root path.
    return (root_path, path, query) if query or root_path else path
