"""Canonical URL-safe base64 without padding (RFC 4648, section 3.5)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode


def encode(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Decode; raises ValueError for text that is not canonical."""
    octets = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # The standard library ignores invalid characters and trailing bits.
    if encode(octets) != text:
        raise ValueError("not canonical base64url")
    return octets
