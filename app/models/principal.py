"""Who is asking, as the auth service knows them."""

from dataclasses import dataclass

ADMIN = "admin"
USER = "user"


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified caller; any role but exactly `admin` and `user` may do nothing."""

    user_id: str
    username: str
    role: str

    @property
    def is_admin(self) -> bool:
        return self.role == ADMIN

    @property
    def may_read(self) -> bool:
        return self.role in (ADMIN, USER)
