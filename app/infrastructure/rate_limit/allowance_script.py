"""One client's requests of the last minute, kept in Redis and counted by one script.

A hash holds the requests of each sub-window, at most 77 of them whatever the limit. A sub-window
counts whole until its end and `LATE_MS` are a full minute past, which is why a grant may
be used until then, and never too many in any 60 consecutive seconds. Redis' own clock decides.
"""

from collections.abc import Callable, Mapping
from hashlib import blake2b, sha1
from typing import NamedTuple, cast

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from app.infrastructure.rate_limit.rate_limiter import WINDOW_SECONDS

SLOT_MS = 800
LATE_MS = 150
SERVER_CLOCK = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""
# Nothing is leased from the second half, and so little of the first that what is lost when a
# client goes elsewhere is not worth noticing; with a small limit that is nothing at all.
_DECISION = f"""
local SLOT, LATE, WINDOW = {SLOT_MS}, {LATE_MS}, {WINDOW_SECONDS * 1000}
local limit, needed, per_second = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local returned_slot, returned = tonumber(ARGV[4]), tonumber(ARGV[5])
local slot = math.floor(now / SLOT)

local function forgotten_in(each)
  return (each + 1) * SLOT + LATE + WINDOW - now
end

local counted, oldest, passed, from_future = 0, slot, {{}}, 0
local slots = redis.call('HGETALL', KEYS[1])
for i = 1, #slots, 2 do
  local each, count = tonumber(slots[i]), tonumber(slots[i + 1])
  if each == returned_slot then
    local kept = math.max(0, count - returned)
    redis.call('HINCRBY', KEYS[1], slots[i], kept - count)
    count = kept
  end
  if each > slot then
    -- the clock was set back
    from_future = from_future + count
    passed[#passed + 1] = slots[i]
  elseif forgotten_in(each) <= 0 then
    passed[#passed + 1] = slots[i]
    count = 0
  elseif count > 0 and each < oldest then
    oldest = each
  end
  counted = counted + count
end
if #passed > 0 then
  redis.call('HDEL', KEYS[1], unpack(passed))
end

local granted = math.max(0, math.min(needed, limit - counted))
local rest = (slot + 1) * SLOT - now
local plenty = math.floor((limit / 2 - counted - granted) / 128)
local leased = math.max(0, math.min(math.floor(per_second * rest / 1000), plenty))
granted = granted + leased
if granted + from_future > 0 then
  redis.call('HINCRBY', KEYS[1], slot, granted + from_future)
  redis.call('PEXPIRE', KEYS[1], forgotten_in(slot))
end
local left = math.max(0, limit - counted - granted)
-- a millisecond less, since the clock was rounded down
return table.concat({{granted, left, slot, rest + LATE - 1, forgotten_in(oldest)}}, ' ')
"""


class Order(NamedTuple):
    """What one process wants for a client: `needed` now, and more if it sees so many a second.

    `returned` are grants of an earlier `slot` that were not used in time.
    """

    needed: int
    per_second: int = 0
    slot: int = 0
    returned: int = 0


class Grant(NamedTuple):
    """May be used within `usable_ms` of the moment before it was asked for."""

    granted: int
    left: int
    slot: int
    usable_ms: int
    grows_in_ms: int


class AllowanceScript:
    def __init__(self, *, limit: int, prefix: str, clock: str = SERVER_CLOCK) -> None:
        self._limit = limit
        self._prefix = prefix
        self._text = clock + _DECISION
        self._sha = sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, redis: Redis, orders: Mapping[str, Order]) -> list[Grant]:
        """Have the orders of several clients decided in one exchange."""
        try:
            replies = await self._send(redis, orders)
        except NoScriptError:
            await redis.script_load(self._text)
            replies = await self._send(redis, orders)
        return [Grant(*map(int, reply.split())) for reply in replies]

    async def _send(self, redis: Redis, orders: Mapping[str, Order]) -> list[bytes]:
        pipeline = redis.pipeline(transaction=False)
        add = cast("Callable[..., object]", pipeline.execute_command)
        for client, order in orders.items():
            add("EVALSHA", self._sha, 1, self._key(client), self._limit, *order)
        return await pipeline.execute()

    def _key(self, client: str) -> str:
        """Give a short name that tells nothing about the client."""
        return f"{self._prefix}:rate:{blake2b(client.encode(), digest_size=16).hexdigest()}"
