"""Development auth service: issues, verifies and revokes tokens. Not for production.

It replaces the real auth service behind `AUTH_SERVICE_URL` and implements the same `POST /verify`.
It issues tokens without authentication, so it listens on the loopback address, and responds only
to loopback host names: a web page whose name is rebound to this address gets no token. In a
container `--host` and `--allowed-host` open it to the other containers.
"""

import argparse
import os
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI, Response
from jose import jwt
from pydantic import BaseModel
from starlette.middleware.trustedhost import TrustedHostMiddleware

ALGORITHM = "HS256"
LOOPBACK_HOSTS = ["127.0.0.1", "localhost"]
WEEK_SECONDS = 7 * 24 * 3600


class TokenRequest(BaseModel):
    role: str
    username: str | None = None
    expires_in: int = WEEK_SECONDS


class Token(BaseModel):
    token: str


class VerifiedUser(BaseModel):
    user_id: str
    username: str
    role: str


@dataclass
class TokenIssuer:
    """Issue and verify signed tokens. Revocations are lost when the process ends."""

    secret: str
    issuer: str | None = None
    audience: str | None = None
    _revoked: set[str] = field(default_factory=set)

    def issue(self, request: TokenRequest) -> str:
        now = int(time.time())
        username = request.username or request.role
        claims = {
            "sub": f"dev-{username}",
            "username": username,
            "role": request.role,
            "iat": now,
            "exp": now + request.expires_in,
            "jti": uuid.uuid4().hex,
            **({"iss": self.issuer} if self.issuer else {}),
            **({"aud": self.audience} if self.audience else {}),
        }
        return str(jwt.encode(claims, self.secret, algorithm=ALGORITHM))

    def verify(self, token: str) -> VerifiedUser | None:
        try:
            claims = self._decode(token)
            user = VerifiedUser(
                user_id=claims["sub"], username=claims["username"], role=claims["role"]
            )
        except Exception:  # noqa: BLE001 - python-jose raises many types; all mean "not valid"
            return None
        return None if claims["jti"] in self._revoked else user

    def revoke(self, token: str) -> None:
        self._revoked.add(self._decode(token)["jti"])

    def _decode(self, token: str) -> dict[str, Any]:
        return jwt.decode(
            token,
            self.secret,
            algorithms=[ALGORITHM],
            issuer=self.issuer,
            audience=self.audience,
            options={"require_exp": True, "require_jti": True},
        )


def create_app(tokens: TokenIssuer, *, allowed_hosts: Sequence[str] = ()) -> FastAPI:
    router = APIRouter(prefix="/api/v1/auth")

    @router.post("/token")
    async def token(request: TokenRequest) -> Token:
        return Token(token=tokens.issue(request))

    @router.post("/verify", response_model=VerifiedUser)
    async def verify(body: Token) -> VerifiedUser | Response:
        return tokens.verify(body.token) or Response(status_code=401)

    @router.post("/revoke", status_code=204)
    async def revoke(body: Token) -> None:
        tokens.revoke(body.token)

    app = FastAPI(title="Development auth service")
    hosts = [*LOOPBACK_HOSTS, *allowed_hosts]
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)
    app.include_router(router)
    return app


def main() -> None:
    """Serve with the same JWT_* environment variables as the application."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--allowed-host", action="append", default=[])
    options = parser.parse_args()
    environment = os.environ
    issuer = TokenIssuer(
        secret=environment["JWT_SECRET_KEY"],
        issuer=environment.get("JWT_ISSUER"),
        audience=environment.get("JWT_AUDIENCE"),
    )
    service = create_app(issuer, allowed_hosts=options.allowed_host)
    uvicorn.run(service, host=options.host, port=options.port, access_log=False)


if __name__ == "__main__":
    main()
