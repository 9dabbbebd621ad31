"""The title is the one place that names a service."""

import re
from pathlib import Path

import pytest

import app
from app.config.settings import Settings
from app.infrastructure.database.pool import SESSION
from app.middleware.error_handler import PROBLEM_TYPES

SOURCE = Path(app.__file__).read_text()


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Order Service", "order-service"),
        ("  Order   Service ", "order-service"),
        ("E-Mail & Fax (v2)", "e-mail-fax-v2"),
    ],
)
def test_the_name_among_services_follows_from_the_title(title: str, slug: str) -> None:
    names: dict[str, str] = {}

    exec(re.sub("__title__ = .*", f"__title__ = {title!r}", SOURCE), names)  # noqa: S102 - ours

    assert names["__slug__"] == slug


def test_everything_that_others_see_bears_this_name() -> None:
    assert Settings.model_fields["service_name"].default == app.__slug__
    assert SESSION["application_name"] == app.__slug__
    assert f"//{app.__slug__}." in PROBLEM_TYPES
