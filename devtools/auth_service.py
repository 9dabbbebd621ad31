"""The development auth service: issues, verifies and revokes tokens. Never for production.

It stands in for the real one behind `AUTH_SERVICE_URL` and answers the same `POST /verify`. Anybody
who reaches its port gets a token, which is why it listens on the loopback address only.
"""

import argparse
import os
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI, Response
from jose import jwt
from pydantic import BaseModel

ALGORITHM = "HS256"
A_WEEK = 7 * 24 * 3600


class TokenOrder(BaseModel):
    role: str
    username: str | None = None
    expires_in: int = A_WEEK


class Token(BaseModel):
    token: str


class Verdict(BaseModel):
    user_id: str
    username: str
    role: str


@dataclass
class TokenIssuer:
    """Revocations last as long as the process."""

    secret: str
    issuer: str | None = None
    audience: str | None = None
    _revoked: set[str] = field(default_factory=set)

    def issue(self, order: TokenOrder) -> str:
        now = int(time.time())
        username = order.username or order.role
        claims = {
            "sub": f"dev-{username}",
            "username": username,
            "role": order.role,
            "iat": now,
            "exp": now + order.expires_in,
            "jti": uuid.uuid4().hex,
            **({"iss": self.issuer} if self.issuer else {}),
            **({"aud": self.audience} if self.audience else {}),
        }
        return str(jwt.encode(claims, self.secret, algorithm=ALGORITHM))

    def verify(self, token: str) -> Verdict | None:
        try:
            claims = self._claims(token)
            verdict = Verdict(
                user_id=claims["sub"], username=claims["username"], role=claims["role"]
            )
        except Exception:  # noqa: BLE001 - python-jose leaks many kinds; all mean "not valid"
            return None
        return None if claims["jti"] in self._revoked else verdict

    def revoke(self, token: str) -> None:
        self._revoked.add(self._claims(token)["jti"])

    def _claims(self, token: str) -> dict[str, Any]:
        return jwt.decode(
            token,
            self.secret,
            algorithms=[ALGORITHM],
            issuer=self.issuer,
            audience=self.audience,
            options={"require_exp": True, "require_jti": True},
        )


def create_app(tokens: TokenIssuer) -> FastAPI:
    router = APIRouter(prefix="/api/v1/auth")

    @router.post("/token")
    async def token(order: TokenOrder) -> Token:
        return Token(token=tokens.issue(order))

    @router.post("/verify", response_model=Verdict)
    async def verify(body: Token) -> Verdict | Response:
        return tokens.verify(body.token) or Response(status_code=401)

    @router.post("/revoke", status_code=204)
    async def revoke(body: Token) -> None:
        tokens.revoke(body.token)

    app = FastAPI(title="Development auth service")
    app.include_router(router)
    return app


def main() -> None:
    """Serve with the same JWT_* environment variables as the service."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    environment = os.environ
    issuer = TokenIssuer(
        secret=environment["JWT_SECRET_KEY"],
        issuer=environment.get("JWT_ISSUER"),
        audience=environment.get("JWT_AUDIENCE"),
    )
    port = parser.parse_args().port
    uvicorn.run(create_app(issuer), host="127.0.0.1", port=port, access_log=False)


if __name__ == "__main__":
    main()
