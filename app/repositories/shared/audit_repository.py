from typing import Protocol

from app.models.shared.audit import AuditPage
from app.models.shared.listing import ListQuery


class AuditRepository(Protocol):
    """Repository of the stored entries of the audit trail."""

    async def list(self, query: ListQuery) -> AuditPage:
        """Return entries that match all filters, newest first.

        - `request_id`, `user_id`, `action`: equal.
        - `resource`: equal, or of that domain if it is the plural of one, such as `orders`.
        - `since` and `until`: times, the first included and the second not.

        Each call reads a limited number of entries. If these do not fill the page, it is shorter
        and has a `next_position`.
        """
        ...
