"""Render the banner that `dev.py run` prints when the service is ready."""

import secrets
import shlex
from collections.abc import Sequence

from devtools.domain_samples import SampleRequest, sample_requests, served_domains
from devtools.private_auth import PrivateAuthService

WEEK_SECONDS = 7 * 24 * 3600
_JSON = " -H 'Content-Type: application/json'"
_NEXT_STEP = (
    "This service has no domain yet; docs/NEW_DOMAIN.md explains this command:",
    '  python3 dev.py new-domain orders --field "customer:str(100)" --field "quantity:int>0"',
)
_BESIDE = (
    "In another terminal:",
    "  python3 dev.py app import FILE   any command of `python -m app`, with these settings",
    "  python3 dev.py psql              open the database",
    "  python3 dev.py top               watch rate, errors and latency",
    '  eval "$(python3 dev.py env)"     set these settings in your shell',
)


def render_banner(
    address: str,
    auth: PrivateAuthService | None,
    *,
    pages: Sequence[tuple[str, str]],
    broker: str | None,
    notes: Sequence[str],
) -> str:
    """Render it; `broker` is the state of a private RabbitMQ, `notes` are problems.

    `pages` are names and URLs.
    """
    lines = ["", "Ready.", *_url_lines(address), *(_url_line(*page) for page in pages)]
    lines += [f"  {'RabbitMQ':<10}{broker}"] if broker else []
    lines += ["", *_token_lines(auth), "", "Then try:"]
    lines += [f"  {line}" for line in _curl_lines(address)]
    lines += [] if served_domains() else ["", *_NEXT_STEP]
    lines += ["", *_BESIDE, *(f"\nNote: {note}" for note in notes)]
    return "\n".join([*lines, "", "Ctrl-C stops everything that was started.", ""])


def _curl_lines(address: str) -> list[str]:
    return [f"curl -s {shlex.quote(f'{address}/health')}"] + [
        _curl_command(f"{address}{_domain_path(domain)}", request)
        for domain, samples in sample_requests().items()
        for request in samples
    ]


def _curl_command(url: str, request: SampleRequest) -> str:
    method = "" if request.method in {"GET", "POST"} else f" -X {request.method}"
    token = f' -H "Authorization: Bearer ${request.role.upper()}_TOKEN"'
    body = request.body.replace("<random>", secrets.token_hex(3).upper())
    data = f"{_JSON} -d {shlex.quote(body)}" if body else ""
    return f"curl -s{method}{token}{data} '{url}{request.path.removeprefix('.')}'"


def _domain_path(domain: str) -> str:
    return f"/api/v1/{domain}"


def _url_lines(address: str) -> list[str]:
    paths = [("API", _domain_path(domain)) for domain in served_domains()]
    paths += [("Docs", "/docs"), ("Health", "/health")]
    return [_url_line(name, f"{address}{path}") for name, path in paths]


def _url_line(name: str, url: str) -> str:
    return f"  {name:<10}{url}"


def _token_lines(auth: PrivateAuthService | None) -> list[str]:
    if auth is None:
        return ["Set USER_TOKEN and ADMIN_TOKEN to tokens issued by the configured auth service."]
    return ["Paste the tokens:"] + [
        f"  {role.upper()}_TOKEN={auth.token(role, expires_in=WEEK_SECONDS)}"
        for role in ("user", "admin")
    ]
