"""The options of `new-domain` that concern a domain as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from devtools.domain.field import Field
from devtools.domain.refusal import RefusedError
from devtools.domain.unique_keys import read_keys


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


def refuse_bad_choices(choices: Choices, fields: Sequence[Field]) -> None:
    """Raise RefusedError if the fields do not allow the choices."""
    read_keys(choices.unique, fields)
    sortable = [*SYSTEM_SORTS, *(field.name for field in fields if field.is_sorted)]
    if bad := [name for name in choices.sort_by if name not in sortable]:
        raise RefusedError(
            f"--sort-by {','.join(choices.sort_by)}: lists cannot sort by {bad[0]!r}, but by"
            f" {', '.join(sortable)}"
        )
