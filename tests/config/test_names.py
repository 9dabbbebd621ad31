"""Every name of the service is derived from its title."""

import re
from pathlib import Path

import pytest

import app
from app.config.settings import Settings
from app.infrastructure.database.pool import STARTUP
from app.utils.problem_document import PROBLEM_TYPES

SOURCE = Path(app.__file__).read_text()


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Order Service", "order-service"),
        ("  Order   Service ", "order-service"),
        ("E-Mail & Fax (v2)", "e-mail-fax-v2"),
    ],
)
def test_the_service_name_is_derived_from_the_title(title: str, slug: str) -> None:
    names: dict[str, str] = {}

    exec(re.sub("__title__ = .*", f"__title__ = {title!r}", SOURCE), names)  # noqa: S102 - ours

    assert names["__slug__"] == slug


def test_every_public_name_is_derived_from_the_title() -> None:
    assert Settings.model_fields["service_name"].default == app.__slug__
    assert STARTUP["application_name"] == app.__slug__
    assert f"//{app.__slug__}." in PROBLEM_TYPES
