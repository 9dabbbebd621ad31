"""URL-safe base64 without padding, in its one canonical spelling (RFC 4648, section 3.5)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode


def encode(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Undo `encode`; raises ValueError on every text that it would not have written."""
    octets = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # the standard library skips foreign characters and ignores left-over bits
    if encode(octets) != text:
        raise ValueError("not canonical base64url")
    return octets
