"""Authenticated callers and their roles."""

from dataclasses import dataclass

from app.models.shared.roles import ADMIN, USER, role_may


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller; `app/models/shared/roles.py` says what its role may do."""

    user_id: str
    username: str
    role: str

    def may(self, resource: str, action: str) -> bool:
        return role_may(self.role, resource, action)

    @property
    def is_admin(self) -> bool:
        return self.role == ADMIN

    @property
    def may_read(self) -> bool:
        return self.role in (ADMIN, USER)
