"""Roles and their permissions: a service adds its own roles here.

A permission is `{resource}:{action}`, such as `orders:write`; `*` stands for every resource. The
guard of a route and the method of the request decide which action is needed:

- `require_user` and `require_reader`: `read` for GET, `submit` for other methods
- `require_admin`: `inspect` for GET, `write` for other methods
"""

ADMIN = "admin"
USER = "user"

PERMISSIONS: dict[str, frozenset[str]] = {
    USER: frozenset({"*:read", "*:submit"}),
    ADMIN: frozenset({"*:read", "*:submit", "*:inspect", "*:write"}),
}

_NONE: frozenset[str] = frozenset()


def role_may(role: str, resource: str, action: str) -> bool:
    """Return whether the role has the permission; an unknown role has none."""
    granted = PERMISSIONS.get(role, _NONE)
    return f"*:{action}" in granted or f"{resource}:{action}" in granted
