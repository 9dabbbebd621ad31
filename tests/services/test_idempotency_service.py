import pytest

from app.exceptions.shared.idempotency_exceptions import KeyReusedError, RequestInFlightError
from app.models.shared.idempotency import IdempotentRequest, StoredResponse
from app.services.shared.idempotency_service import IdempotencyService
from tests.support.fakes import InMemoryIdempotencyRepository, InMemoryTransactions


class Work:
    """Work that counts its executions."""

    def __init__(self, error: Exception | None = None) -> None:
        self.times = 0
        self._error = error

    async def __call__(self) -> StoredResponse:
        self.times += 1
        if self._error is not None:
            raise self._error
        return StoredResponse(status=201, headers={"location": "/1"}, body=b"%d" % self.times)


@pytest.fixture
def records() -> InMemoryIdempotencyRepository:
    return InMemoryIdempotencyRepository()


@pytest.fixture
def service(records: InMemoryIdempotencyRepository) -> IdempotencyService:
    return IdempotencyService(records=records, transactions=InMemoryTransactions(records))


def _request(caller: str = "ann", key: str = "k", fingerprint: bytes = b"a") -> IdempotentRequest:
    return IdempotentRequest(caller=caller, key=key, fingerprint=fingerprint)


async def test_the_first_response_is_repeated(service: IdempotencyService) -> None:
    work = Work()

    first, was_replay = await service.run_once(_request(), work)
    second, is_replay = await service.run_once(_request(), work)

    assert (was_replay, is_replay) == (False, True)
    assert first == second
    assert work.times == 1


async def test_another_request_under_the_same_key_is_refused(service: IdempotencyService) -> None:
    work = Work()
    await service.run_once(_request(), work)

    with pytest.raises(KeyReusedError):
        await service.run_once(_request(fingerprint=b"b"), work)
    assert work.times == 1


@pytest.mark.parametrize("other", [_request(caller="bob"), _request(key="K")])
async def test_keys_belong_to_their_caller(
    service: IdempotencyService, other: IdempotentRequest
) -> None:
    work = Work()
    await service.run_once(_request(), work)

    _, is_replay = await service.run_once(other, work)

    assert not is_replay
    assert work.times == 2


async def test_a_key_in_use_is_refused(
    service: IdempotencyService, records: InMemoryIdempotencyRepository
) -> None:
    records.held_by_others.add(("ann", "k"))
    work = Work()

    with pytest.raises(RequestInFlightError):
        await service.run_once(_request(), work)
    assert work.times == 0


async def test_a_failure_is_not_stored(
    service: IdempotencyService, records: InMemoryIdempotencyRepository
) -> None:
    with pytest.raises(LookupError):
        await service.run_once(_request(), Work(LookupError()))

    assert records.rows == {}
    response, is_replay = await service.run_once(_request(), Work())
    assert (response.status, is_replay) == (201, False)
