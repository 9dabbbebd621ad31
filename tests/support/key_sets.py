"""Key pairs, tokens that they sign, and a loopback server of their JWK Set."""

import asyncio
import json
import time
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from app.utils import base64url

Json: TypeAlias = dict[str, Any]
PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def generate(algorithm: str, *, bits: int = 2048) -> PrivateKey:
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def public_jwk(key: PrivateKey, **members: Any) -> Json:
    """Return the public key as a JWK, with more members."""
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        size = (numbers.n.bit_length() + 7) // 8
        return {"kty": "RSA", "n": _number(numbers.n, size), "e": _number(numbers.e, 3)} | members
    if isinstance(key, ec.EllipticCurvePrivateKey):
        point = key.public_key().public_numbers()
        size = (key.curve.key_size + 7) // 8
        curve = {"secp256r1": "P-256", "secp384r1": "P-384"}[key.curve.name]
        place = {"x": _number(point.x, size), "y": _number(point.y, size)}
        return {"kty": "EC", "crv": curve, **place} | members
    x = base64url.encode(key.public_key().public_bytes_raw())
    return {"kty": "OKP", "crv": "Ed25519", "x": x} | members


def signed_token(key: PrivateKey, algorithm: str, *, kid: str | None = None, **claims: Any) -> str:
    header = {"alg": algorithm, "typ": "JWT"} | ({} if kid is None else {"kid": kid})
    payload = {"sub": "7", "exp": int(time.time()) + 600} | claims
    signed = ".".join(base64url.encode(json.dumps(part).encode()) for part in (header, payload))
    return f"{signed}.{base64url.encode(_sign(key, signed.encode()))}"


def _sign(key: PrivateKey, text: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(text, padding.PKCS1v15(), SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        pair = decode_dss_signature(key.sign(text, ec.ECDSA(SHA256())))
        return b"".join(number.to_bytes(32, "big") for number in pair)
    return key.sign(text)


def _number(value: int, size: int) -> str:
    return base64url.encode(value.to_bytes(size, "big"))


class KeySetServer:
    """Serves `document` with `status`; counts the requests, and may hold them back."""

    def __init__(self) -> None:
        self.document: Any = {"keys": []}
        self.status = 200
        self.requests = 0
        self.may_reply = asyncio.Event()
        self.may_reply.set()
        self._port = 0
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/jwks.json"

    def publish(self, *keys: Json) -> None:
        self.document = {"keys": list(keys)}

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._reply, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _reply(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"GET /jwks.json ")
        self.requests += 1
        await self.may_reply.wait()
        raw = self.document
        body = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
        lines = (f"HTTP/1.1 {self.status} -", f"Content-Length: {len(body)}", "Location: /other")
        writer.write("\r\n".join((*lines, "Connection: close", "", "")).encode() + body)
        await writer.drain()
        writer.close()
