"""What `dev.py run` prints when the service is ready."""

import secrets

from devtools.private_auth import PrivateAuthService

A_WEEK = 7 * 24 * 3600
_JSON = "-H 'Content-Type: application/json'"


def banner(address: str, auth: PrivateAuthService | None) -> str:
    lines = ["", "Ready.", *_urls(address), "", *_tokens(auth), "", "Then try:"]
    lines += [f"  {line}" for line in curl_lines(f"{address}/api/v1/products")]
    return "\n".join([*lines, "", "Ctrl-C stops everything that was started.", ""])


def curl_lines(products: str) -> list[str]:
    user = '-H "Authorization: Bearer $USER_TOKEN"'
    admin = '-H "Authorization: Bearer $ADMIN_TOKEN"'
    created = (
        f'{{"sku": "DEMO-{secrets.token_hex(3).upper()}", "name": "Demo laptop 14", '
        '"category": "Laptops", "unit": "Device", "business_unit": "Workplace", '
        '"location": "EU", "price": 1299.00, "product_type": "HW"}'
    )
    unavailable = '{"is_available": false}'
    return [
        f"curl -s {user} '{products}?product_type=HW&sort_by=price&page_size=3'",
        f"curl -s {user} '{products}?q=switch&location=EU'",
        f"curl -s {user} '{products}/1'",
        f"curl -s {admin} {_JSON} -d '{created}' '{products}'",
        f"curl -s -X PATCH {admin} {_JSON} -d '{{\"price\": 999.90}}' '{products}/1/price'",
        f"curl -s -X PATCH {admin} {_JSON} -d '{unavailable}' '{products}/1/availability'",
    ]


def _urls(address: str) -> list[str]:
    paths = {"API": "/api/v1/products", "Docs": "/docs", "Health": "/health"}
    return [f"  {name:<8}{address}{path}" for name, path in paths.items()]


def _tokens(auth: PrivateAuthService | None) -> list[str]:
    if auth is None:
        return ["Set USER_TOKEN and ADMIN_TOKEN to tokens of the configured auth service."]
    return ["Paste the tokens:"] + [
        f"  {role.upper()}_TOKEN={auth.token(role, expires_in=A_WEEK)}"
        for role in ("user", "admin")
    ]
