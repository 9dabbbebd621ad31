"""The options of `new-domain` that concern a domain as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from devtools.domain.field import Field
from devtools.domain.unique_keys import read_keys


@dataclass(frozen=True, kw_only=True)
class Choices:
    """`unique` are fields that are unique together, such as `customer_id,number`."""

    unique: Sequence[str] = ()


NO_CHOICES = Choices()


def refuse_bad_choices(choices: Choices, fields: Sequence[Field]) -> None:
    """Raise RefusedError if the fields do not allow the choices."""
    read_keys(choices.unique, fields)
