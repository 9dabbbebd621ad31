import asyncio
from collections.abc import Sequence

import pytest

from app.utils.batcher import Batcher


class Doubling:
    """Doubles numbers, and records the batches; while the gate is closed, it waits."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.started = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def serve(self, numbers: list[int]) -> Sequence[int | BaseException]:
        self.batches.append(numbers)
        self.started.set()
        await self.gate.wait()
        return [ValueError(number) if number < 0 else 2 * number for number in numbers]


@pytest.fixture
def doubling() -> Doubling:
    return Doubling()


@pytest.fixture
def batcher(doubling: Doubling) -> Batcher[int, int]:
    return Batcher(doubling.serve, max_batch=3)


async def test_calls_of_one_turn_are_served_together(
    batcher: Batcher[int, int], doubling: Doubling
) -> None:
    first, second = batcher.submit(1), batcher.submit(2)
    assert [await first, await second] == [2, 4]
    assert await batcher.submit(3) == 6

    assert doubling.batches == [[1, 2], [3]]


async def test_a_batch_is_bounded(batcher: Batcher[int, int], doubling: Doubling) -> None:
    await asyncio.gather(*(batcher.submit(number) for number in range(7)))

    assert doubling.batches == [[0, 1, 2], [3, 4, 5], [6]]


async def test_no_call_joins_a_batch_that_has_started(
    batcher: Batcher[int, int], doubling: Doubling
) -> None:
    doubling.gate.clear()
    early = batcher.submit(1)
    await doubling.started.wait()

    late = batcher.submit(2)
    doubling.gate.set()

    assert [await early, await late] == [2, 4]
    assert doubling.batches == [[1], [2]]


async def test_an_error_of_one_call_is_raised_for_that_call(batcher: Batcher[int, int]) -> None:
    good, bad = batcher.submit(1), batcher.submit(-1)

    assert await good == 2
    with pytest.raises(ValueError, match="-1"):
        await bad


async def test_an_error_of_the_batch_is_raised_for_every_call() -> None:
    async def fail(_: list[int]) -> Sequence[int | BaseException]:
        raise LookupError

    batcher: Batcher[int, int] = Batcher(fail, max_batch=3)

    outcomes = await asyncio.gather(batcher.submit(1), batcher.submit(2), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [LookupError, LookupError]


async def test_a_cancelled_caller_does_not_cancel_the_others(
    batcher: Batcher[int, int], doubling: Doubling
) -> None:
    doubling.gate.clear()
    first, second = batcher.submit(1), batcher.submit(2)
    await doubling.started.wait()

    first.cancel()
    doubling.gate.set()

    assert await second == 4


async def test_a_call_that_is_cancelled_before_the_turn_is_not_served(
    batcher: Batcher[int, int], doubling: Doubling
) -> None:
    first, second = batcher.submit(1), batcher.submit(2)
    first.cancel()

    assert await second == 4
    assert doubling.batches == [[2]]


async def test_closing_cancels_the_callers(batcher: Batcher[int, int], doubling: Doubling) -> None:
    doubling.gate.clear()
    waiting = batcher.submit(1)
    await doubling.started.wait()

    await batcher.aclose()

    assert waiting.cancelled()


async def test_closing_cancels_a_call_whose_turn_has_not_come(
    batcher: Batcher[int, int], doubling: Doubling
) -> None:
    waiting = batcher.submit(1)

    await batcher.aclose()

    assert waiting.cancelled()
    assert doubling.batches == []


async def test_calls_are_served_in_the_turn_after_the_first(
    batcher: Batcher[int, int], doubling: Doubling
) -> None:
    first = batcher.submit(1)

    await asyncio.sleep(0)

    assert doubling.batches == [[1]]
    assert await first == 2


async def test_a_batch_of_calls_that_are_all_cancelled_is_not_served(
    batcher: Batcher[int, int], doubling: Doubling
) -> None:
    batcher.submit(1).cancel()

    await asyncio.sleep(0)
    assert await batcher.submit(2) == 4

    assert doubling.batches == [[2]]
