"""Rights that Redis denies to the user of REDIS_URL."""

import re

from redis.exceptions import NoPermissionError

# Redis 6, Redis 7, Valkey; the last form is an error of a command that a script calls.
_COMMAND = re.compile(r"to run the '([\w|]+)' command")


def describe_missing_right(error: BaseException, *, prefix: str) -> str | None:
    """Describe the missing right without credentials; None for any other error."""
    text = str(error)
    if not isinstance(error, NoPermissionError) and "ACL failure" not in text:
        return None
    if command := _COMMAND.search(text):
        return f"the Redis user has no right to the command {command[1]}"
    kind = "channels" if "channel" in text else "keys"
    return f"the Redis user has no right to all {kind} {prefix}:*"
