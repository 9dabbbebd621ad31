"""Look up values and the generations of their tags in one exchange with Redis."""

from collections.abc import Sequence
from hashlib import sha1
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

# KEYS: generation of all tags; then for each lookup the generation of its tag, and the value.
# ARGV: number for generations that do not exist; their TTL in milliseconds.
_TEXT = """
local found = redis.call('MGET', unpack(KEYS))
local reply = {}
for i = 1, #KEYS do
  if i > 1 and i % 2 == 1 then
    reply[#reply + 1] = found[i]
    reply[#reply + 1] = found[i] and redis.call('PTTL', KEYS[i]) or 0
  else
    if not found[i] and i == 1 then
      redis.call('SET', KEYS[i], ARGV[1])
    elseif not found[i] then
      redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2])
    end
    reply[#reply + 1] = found[i] or ARGV[1]
  end
end
return reply
"""
_SHA = sha1(_TEXT.encode(), usedforsecurity=False).hexdigest()


class Lookup(NamedTuple):
    """Keys of a value and of the generation of its tag."""

    generation_key: str
    value_key: str


class Found(NamedTuple):
    """`stamp` holds the generations of all tags and of the tag; `expires_in` is in seconds."""

    stamp: bytes
    value: bytes | None
    expires_in: float


async def find(
    redis: Redis, all_tags_key: str, lookups: Sequence[Lookup], *, new: bytes, ttl_ms: int
) -> list[Found]:
    """Find values and generations; a generation that does not exist is created as `new`.

    Creating it before the value is loaded is what makes a later invalidation visible.
    """
    keys = [all_tags_key, *(key for lookup in lookups for key in lookup)]
    arguments = (_SHA, len(keys), *keys, new, ttl_ms)
    try:
        reply = await _evaluate(redis, arguments)
    except NoScriptError:
        await redis.script_load(_TEXT)
        reply = await _evaluate(redis, arguments)
    all_tags, *rest = reply
    return [
        Found(all_tags + generation, value, ttl / 1000)
        for generation, value, ttl in zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    ]


async def _evaluate(redis: Redis, arguments: tuple[object, ...]) -> list[Any]:
    reply: list[Any] = await redis.execute_command("EVALSHA", *arguments)  # type: ignore[no-untyped-call]
    return reply
