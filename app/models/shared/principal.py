"""Authenticated callers and their roles."""

from dataclasses import dataclass

ADMIN = "admin"
USER = "user"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller; roles other than `admin` and `user` have no permissions."""

    user_id: str
    username: str
    role: str

    @property
    def is_admin(self) -> bool:
        return self.role == ADMIN

    @property
    def may_read(self) -> bool:
        return self.role in (ADMIN, USER)
