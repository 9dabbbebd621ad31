"""What `dev.py run` prints when the service is ready."""

import secrets

from devtools.domain_samples import Request, requests
from devtools.private_auth import PrivateAuthService

A_WEEK = 7 * 24 * 3600
_JSON = " -H 'Content-Type: application/json'"


def banner(address: str, auth: PrivateAuthService | None) -> str:
    lines = ["", "Ready.", *_urls(address), "", *_tokens(auth), "", "Then try:"]
    lines += [f"  {line}" for line in curl_lines(address)]
    return "\n".join([*lines, "", "Ctrl-C stops everything that was started.", ""])


def curl_lines(address: str) -> list[str]:
    return [f"curl -s {address}/health"] + [
        _curl(f"{address}{_path(domain)}", request)
        for domain, samples in requests().items()
        for request in samples
    ]


def _curl(url: str, request: Request) -> str:
    method = "" if request.method in {"GET", "POST"} else f" -X {request.method}"
    token = f' -H "Authorization: Bearer ${request.role.upper()}_TOKEN"'
    body = request.body.replace("<random>", secrets.token_hex(3).upper())
    data = f"{_JSON} -d '{body}'" if body else ""
    return f"curl -s{method}{token}{data} '{url}{request.path.removeprefix('.')}'"


def _path(domain: str) -> str:
    return f"/api/v1/{domain}"


def _urls(address: str) -> list[str]:
    paths = [("API", _path(domain)) for domain in requests()]
    paths += [("Docs", "/docs"), ("Health", "/health")]
    return [f"  {name:<8}{address}{path}" for name, path in paths]


def _tokens(auth: PrivateAuthService | None) -> list[str]:
    if auth is None:
        return ["Set USER_TOKEN and ADMIN_TOKEN to tokens of the configured auth service."]
    return ["Paste the tokens:"] + [
        f"  {role.upper()}_TOKEN={auth.token(role, expires_in=A_WEEK)}"
        for role in ("user", "admin")
    ]
