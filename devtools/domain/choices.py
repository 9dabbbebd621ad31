"""The options of `new-domain` that concern a domain as a whole. Standard library only."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Choices:
    """`unique` are fields that are unique together, such as `customer_id,number`.

    `sort_by` are the only fields beside the ID that lists sort by; without it, all that can be.
    With `no_search`, lists have no `q`; with `public_read`, PUBLIC_READS opens the reads; with
    `no_events`, changes are audited only.
    """

    unique: Sequence[str] = ()
    sort_by: Sequence[str] = ()
    no_search: bool = False
    public_read: bool = False
    no_events: bool = False


NO_CHOICES = Choices()

SYSTEM_SORTS = ("id", "created_at", "updated_at")
