"""Check the options of `new-domain` that concern a domain as a whole against its fields."""

from collections.abc import Sequence

from devtools.domain.choices import SYSTEM_SORTS, Choices
from devtools.domain.field import Field
from devtools.domain.refusal import RefusedError
from devtools.domain.unique_keys import read_keys


def refuse_bad_choices(choices: Choices, fields: Sequence[Field]) -> None:
    """Raise RefusedError if the fields do not allow the choices."""
    read_keys(choices.unique, fields)
    sortable = [*SYSTEM_SORTS, *(field.name for field in fields if field.is_sorted)]
    if bad := [name for name in choices.sort_by if name not in sortable]:
        raise RefusedError(
            f"--sort-by {','.join(choices.sort_by)}: lists cannot sort by {bad[0]!r}, but by"
            f" {', '.join(sortable)}"
        )
