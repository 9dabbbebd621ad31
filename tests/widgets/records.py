"""Widgets as they are stored, for tests that store none."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from tests.widgets.factories import make_new_widget
from tests.widgets.models.widget import Widget

SOME_TIME = datetime(2026, 3, 1, 12, 30, 15, 123456, UTC)


def make_widget(**overrides: Any) -> Widget:
    system_fields = {"id": 1, "created_at": SOME_TIME, "updated_at": SOME_TIME, "version": 1}
    return Widget(**(asdict(make_new_widget()) | system_fields | overrides))
