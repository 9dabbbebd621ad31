"""Count the requests of each client within the last minute in Redis, by one Lua script.

A hash per client holds the requests of each sub-window: at most 77 fields, whatever the limit. A
sub-window counts in full until a minute after its end and `LATE_MS`. A grant may therefore be
used until `LATE_MS` after the end, and the limit holds in any 60 consecutive seconds. Redis' own
clock decides.
"""

from collections.abc import Callable, Mapping
from hashlib import blake2b, sha1
from typing import NamedTuple, cast

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from app.infrastructure.rate_limit.rate_limiter import WINDOW_SECONDS

SUB_WINDOW_MS = 800
LATE_MS = 150
SERVER_CLOCK = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""
# Nothing is leased from the second half of the limit, and at most 1/128 of what is left of the
# first half: a client that moves to another process loses little. With a small limit that is 0.
_DECISION = f"""
local SUB_WINDOW, LATE, WINDOW = {SUB_WINDOW_MS}, {LATE_MS}, {WINDOW_SECONDS * 1000}
local limit, needed, per_second = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local returned_from, returned = tonumber(ARGV[4]), tonumber(ARGV[5])
local sub_window = math.floor(now / SUB_WINDOW)

local function forgotten_in(each)
  return (each + 1) * SUB_WINDOW + LATE + WINDOW - now
end

local counted, oldest, passed, from_future = 0, sub_window, {{}}, 0
local sub_windows = redis.call('HGETALL', KEYS[1])
for i = 1, #sub_windows, 2 do
  local each, count = tonumber(sub_windows[i]), tonumber(sub_windows[i + 1])
  if each == returned_from then
    local kept = math.max(0, count - returned)
    redis.call('HINCRBY', KEYS[1], sub_windows[i], kept - count)
    count = kept
  end
  if each > sub_window then
    -- the clock was set back
    from_future = from_future + count
    passed[#passed + 1] = sub_windows[i]
  elseif forgotten_in(each) <= 0 then
    passed[#passed + 1] = sub_windows[i]
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
local rest = (sub_window + 1) * SUB_WINDOW - now
local plenty = math.floor((limit / 2 - counted - granted) / 128)
local leased = math.max(0, math.min(math.floor(per_second * rest / 1000), plenty))
granted = granted + leased
if granted + from_future > 0 then
  redis.call('HINCRBY', KEYS[1], sub_window, granted + from_future)
  redis.call('PEXPIRE', KEYS[1], forgotten_in(sub_window))
end
local left = math.max(0, limit - counted - granted)
-- one millisecond less, because the clock was rounded down
return table.concat({{granted, left, sub_window, rest + LATE - 1, forgotten_in(oldest)}}, ' ')
"""


class GrantRequest(NamedTuple):
    """Request of one process for a client: `needed` requests now, and a lease for more.

    The size of the lease depends on the recent rate, `per_second`. `returned` counts the leased
    requests of an earlier `sub_window` that were not used in time.
    """

    needed: int
    per_second: int = 0
    sub_window: int = 0
    returned: int = 0


class Grant(NamedTuple):
    """Number of requests that a process may admit within `usable_ms` after it asked for them.

    `left` more may be granted; that number grows in `grows_in_ms`.
    """

    granted: int
    left: int
    sub_window: int
    usable_ms: int
    grows_in_ms: int


class AllowanceScript:
    """Runs the Lua script for the clients of one service."""

    def __init__(self, *, limit: int, prefix: str, clock: str = SERVER_CLOCK) -> None:
        self._limit = limit
        self._prefix = prefix
        self._text = clock + _DECISION
        self._sha = sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, redis: Redis, requests: Mapping[str, GrantRequest]) -> list[Grant]:
        """Return the grants for several clients, in one round trip."""
        try:
            replies = await self._send(redis, requests)
        except NoScriptError:
            await redis.script_load(self._text)
            replies = await self._send(redis, requests)
        return [Grant(*map(int, reply.split())) for reply in replies]

    async def check_access(self, redis: Redis) -> None:
        """Use every command of the script; raises an error of Redis if a right is missing."""
        key = self._key("")
        async with redis.pipeline(transaction=False) as pipeline:
            add = cast("Callable[..., object]", pipeline.execute_command)
            add("TIME")
            add("HGETALL", key)
            add("HINCRBY", key, "0", 0)
            add("PEXPIRE", key, 1000)
            add("HDEL", key, "0")
            await pipeline.execute()
        await self.run(redis, {"": GrantRequest(needed=0)})

    async def _send(self, redis: Redis, requests: Mapping[str, GrantRequest]) -> list[bytes]:
        pipeline = redis.pipeline(transaction=False)
        add = cast("Callable[..., object]", pipeline.execute_command)
        for client, request in requests.items():
            add("EVALSHA", self._sha, 1, self._key(client), self._limit, *request)
        return await pipeline.execute()

    def _key(self, client: str) -> str:
        """Return a short key that does not reveal the client."""
        return f"{self._prefix}:rate:{blake2b(client.encode(), digest_size=16).hexdigest()}"
