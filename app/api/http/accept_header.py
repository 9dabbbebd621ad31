"""Choose a media type by the Accept header (RFC 9110, section 12.5.1)."""

import re
from collections.abc import Sequence

_WEIGHT = re.compile(r"q=(0(\.\d{0,3})?|1(\.0{0,3})?)", re.ASCII)


def preferred_type(accept: str, offered: Sequence[str]) -> str | None:
    """Return the offered media type with the highest weight; the first one of equal ones."""
    if not accept.strip():
        return offered[0]
    weights = dict(map(_weight, accept.lower().split(",")))
    best = max(offered, key=lambda each: _weight_of(each, weights))
    return best if _weight_of(best, weights) > 0 else None


def prefers_parameter(accept: str, types: Sequence[str], parameter: str) -> bool:
    """Return whether one of the media types with the parameter weighs as much as without it.

    The parameter is `name=value` in lower case; a range without it includes both.
    """
    with_it = 0.0
    without: dict[str, float] = {}
    for media_range in accept.lower().replace('"', "").split(","):
        name, weight = _weight(media_range)
        if parameter not in (part.strip() for part in media_range.split(";")[1:]):
            without[name] = weight
        elif name in types:
            with_it = max(with_it, weight)
    return with_it > 0 and with_it >= max(_weight_of(each, without) for each in types)


def _weight(media_range: str) -> tuple[str, float]:
    """Return the range and its weight, which is 0 if it is malformed; ignore other parameters."""
    name, *parameters = (part.strip() for part in media_range.split(";"))
    given = next((each for each in parameters if each.startswith("q=")), "q=1")
    found = _WEIGHT.fullmatch(given)
    return name, float(found[1]) if found else 0.0


def _weight_of(media_type: str, weights: dict[str, float]) -> float:
    """Return the weight of the most specific range."""
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((weights[each] for each in ranges if each in weights), 0.0)
