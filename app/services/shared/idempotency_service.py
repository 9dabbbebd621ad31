from collections.abc import Awaitable, Callable

from app.exceptions.shared.idempotency_exceptions import KeyReusedError, RequestInFlightError
from app.models.shared.idempotency import IdempotentRequest, StoredResponse
from app.ports.transactions import Transactions
from app.repositories.shared.idempotency_repository import IdempotencyRepository
from app.services.shared.transactional import transactional

Operation = Callable[[], Awaitable[StoredResponse]]


class IdempotencyService:
    """Runs an operation once per Idempotency-Key and replays its response.

    The response is stored in the transaction of the operation. A failed request stores nothing, so
    its key can be used again.
    """

    def __init__(self, *, records: IdempotencyRepository, transactions: Transactions) -> None:
        self._records = records
        self._transactions = transactions

    @transactional
    async def run_once(
        self, request: IdempotentRequest, operation: Operation
    ) -> tuple[StoredResponse, bool]:
        """Return the response and whether it is a replay.

        Raises RequestInFlightError or KeyReusedError.
        """
        if not await self._records.claim(request):
            raise RequestInFlightError
        if (earlier := await self._records.find(request)) is not None:
            if earlier.fingerprint != request.fingerprint:
                raise KeyReusedError
            return earlier.response, True
        response = await operation()
        await self._records.add(request, response)
        return response, False
