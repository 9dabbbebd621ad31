"""A request with a key has one effect, whatever its repository does and whenever it is repeated."""

import asyncio
from contextvars import Context

import asyncpg
import pytest

from app.exceptions.shared.idempotency_exceptions import KeyReusedError, RequestInFlightError
from app.exceptions.shared.record_exceptions import StaleVersionError
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.shared.idempotency import IdempotentRequest, StoredResponse
from app.repositories.shared.postgres_idempotency_repository import PostgresIdempotencyRepository
from app.services.shared.idempotency_service import IdempotencyService, Operation
from tests.support.database import fetch_rows
from tests.widgets.factories import make_new_widget
from tests.widgets.models.widget import Widget
from tests.widgets.repositories.postgres_widget_repository import PostgresWidgetRepository

REQUEST = IdempotentRequest(caller="ann", key="k", fingerprint=b"a")
RESPONSE = StoredResponse(status=201, headers={}, body=b"first")


@pytest.fixture
def service(database: PostgresDatabase) -> IdempotencyService:
    records = PostgresIdempotencyRepository(database=database)
    return IdempotencyService(records=records, transactions=database)


async def insert(database: PostgresDatabase, code: str | None) -> None:
    """Insert a widget as a repository does that executes each statement at once."""
    await database.execute(
        "INSERT INTO widgets (code, name, category, price, kind) VALUES ($1, 'n', 'c', 1, 'HW')",
        code,
    )


@pytest.mark.parametrize("code", [None, "TAKEN-1"])
@pytest.mark.parametrize("executes_at_once", [True, False])
async def test_a_request_that_is_repeated_in_parallel_has_one_effect(
    service: IdempotencyService,
    database: PostgresDatabase,
    database_url: str,
    code: str | None,
    *,
    executes_at_once: bool,
) -> None:
    async def create() -> StoredResponse:
        if executes_at_once:
            await insert(database, code)
        else:
            await PostgresWidgetRepository(database=database).add(make_new_widget(code=code))
        return RESPONSE

    results = await asyncio.gather(
        *(service.run_once(REQUEST, create) for _ in range(8)), return_exceptions=True
    )

    refused = [result for result in results if isinstance(result, BaseException)]
    responses = [result for result in results if not isinstance(result, BaseException)]
    assert {type(error) for error in refused} <= {RequestInFlightError}
    assert sorted(is_replay for _, is_replay in responses) == [False] + [True] * (
        len(responses) - 1
    )
    assert {response.body for response, _ in responses} == {b"first"}
    assert len(await fetch_rows(database_url, "widgets")) == 1


async def test_a_request_whose_first_attempt_succeeds_meanwhile_is_replayed(
    service: IdempotencyService, database: PostgresDatabase, widget: Widget
) -> None:
    """The record that it finds has already been changed by itself."""
    widgets = PostgresWidgetRepository(database=database)

    async def change() -> StoredResponse:
        found = await widgets.get_for_update(widget.id)
        found.require_version({widget.version})
        await widgets.update(found)
        return RESPONSE

    async def change_after_the_other() -> StoredResponse:
        if not database.holds_locks:
            await run_separately(service, REQUEST, change)
        return await change()

    assert await service.run_once(REQUEST, change_after_the_other) == (RESPONSE, True)
    with pytest.raises(StaleVersionError):
        await change()


async def test_another_request_that_takes_the_key_meanwhile_is_named(
    service: IdempotencyService, database: PostgresDatabase
) -> None:
    other = IdempotentRequest(caller="ann", key="k", fingerprint=b"b")

    async def create() -> StoredResponse:
        await insert(database, "CODE")
        return RESPONSE

    async def create_after_the_other() -> StoredResponse:
        if not database.holds_locks:
            await run_separately(service, other, create)
        return await create()

    with pytest.raises(KeyReusedError):
        await service.run_once(REQUEST, create_after_the_other)


async def test_an_expired_response_is_replaced(
    service: IdempotencyService, connection: asyncpg.Connection
) -> None:
    async def respond() -> StoredResponse:
        return RESPONSE

    async def respond_again() -> StoredResponse:
        return StoredResponse(status=201, headers={}, body=b"second")

    await service.run_once(REQUEST, respond)
    await connection.execute("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'")

    response, is_replay = await service.run_once(REQUEST, respond_again)

    assert (response.body, is_replay) == (b"second", False)
    assert (await service.run_once(REQUEST, respond))[0].body == b"second"


async def run_separately(
    service: IdempotencyService, request: IdempotentRequest, operation: Operation
) -> None:
    """Run the request as another one does, outside of the unit of work of this task."""
    await asyncio.create_task(service.run_once(request, operation), context=Context())
