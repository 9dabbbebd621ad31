"""The contract of every repository for values and keys, in each store."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from app.ports.transactions import Transactions
from tests.widgets.exceptions.widget_exceptions import CodeTakenError
from tests.widgets.factories import make_new_widget
from tests.widgets.repositories.widget_repository import WidgetRepository


async def test_an_added_record_can_be_read(widgets: WidgetRepository) -> None:
    new = make_new_widget(code="NB-1", note="Thin", price=Decimal("0.01"))

    added = await widgets.add(new)

    assert await widgets.get(added.id) == added
    assert (added.code, added.note, added.price) == ("NB-1", "Thin", Decimal("0.01"))
    assert added.version == 1


@pytest.mark.parametrize("price", ["0.01", "0.10", "12.50", "9999999999.99"])
async def test_money_is_stored_exactly(widgets: WidgetRepository, price: str) -> None:
    added = await widgets.add(make_new_widget(price=Decimal(price)))

    assert str((await widgets.get(added.id)).price) == price


@pytest.mark.parametrize("text", ["x'; DROP TABLE widgets; --", "日本", "🖥", "%_\\", "a\u202eb"])
async def test_text_is_stored_unchanged(widgets: WidgetRepository, text: str) -> None:
    added = await widgets.add(make_new_widget(name=text))

    assert (await widgets.get(added.id)).name == text


async def test_a_taken_code_is_refused(widgets: WidgetRepository) -> None:
    await widgets.add(make_new_widget(code="NB-1"))

    with pytest.raises(CodeTakenError, match="Code NB-1 belongs to another widget"):
        await widgets.add(make_new_widget(code="NB-1"))


async def test_codes_are_case_sensitive(widgets: WidgetRepository) -> None:
    await widgets.add(make_new_widget(code="NB-1"))

    await widgets.add(make_new_widget(code="nb-1"))


async def test_several_widgets_may_have_no_code(widgets: WidgetRepository) -> None:
    for _ in range(2):
        assert (await widgets.add(make_new_widget(code=None))).code is None


async def test_the_code_of_a_removed_widget_can_be_reused(widgets: WidgetRepository) -> None:
    first = await widgets.add(make_new_widget(code="NB-1"))

    await widgets.remove(first.id)

    assert (await widgets.add(make_new_widget(code="NB-1"))).id != first.id


async def test_an_update_increments_the_version(widgets: WidgetRepository) -> None:
    first = await widgets.add(make_new_widget(code="NB-1"))

    second = await widgets.update(replace(first, price=Decimal("1.10")))

    assert (second.version, second.price) == (2, Decimal("1.10"))
    assert second.updated_at >= first.updated_at
    assert replace(first, version=2, price=second.price, updated_at=second.updated_at) == second
    assert await widgets.get(first.id) == second


async def test_no_parallel_change_is_lost(
    widgets: WidgetRepository, transactions: Transactions
) -> None:
    widget = await widgets.add(make_new_widget(price=Decimal(1)))

    async def raise_price() -> None:
        found = await widgets.get_for_update(widget.id)
        await widgets.update(replace(found, price=found.price + 1))

    await asyncio.gather(*(transactions.run(raise_price) for _ in range(12)))

    changed = await widgets.get(widget.id)
    assert (changed.price, changed.version) == (Decimal(13), 13)
