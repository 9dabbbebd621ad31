from collections.abc import Awaitable, Callable

from app.exceptions.idempotency_exceptions import KeyReusedError, RequestInFlightError
from app.infrastructure.database.transactions import Transactions
from app.models.idempotency import KeyedRequest, StoredAnswer
from app.repositories.idempotency_repository import IdempotencyRepository
from app.services.transactional import transactional

Work = Callable[[], Awaitable[StoredAnswer]]


class IdempotencyService:
    """Makes a request that is sent twice have one effect and one answer.

    An answer is kept in the transaction of its effect; a refused request has none, leaves
    nothing behind and may be tried again under the same key.
    """

    def __init__(self, *, records: IdempotencyRepository, transactions: Transactions) -> None:
        self._records = records
        self._transactions = transactions

    @transactional
    async def once(self, request: KeyedRequest, work: Work) -> tuple[StoredAnswer, bool]:
        """Return the answer and whether it is a replay of an earlier one."""
        if not await self._records.claim(request):
            raise RequestInFlightError
        if (earlier := await self._records.find(request)) is not None:
            if earlier.fingerprint != request.fingerprint:
                raise KeyReusedError
            return earlier.answer, True
        answer = await work()
        await self._records.add(request, answer)
        return answer, False
