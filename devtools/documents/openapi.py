"""The OpenAPI document with the default settings, as committed in `docs/openapi.json`."""

import json
from typing import Any

from app.config.settings import Settings
from app.main import create_app


def openapi_text() -> str:
    return json.dumps(openapi_document(), indent=2) + "\n"


def openapi_document() -> dict[str, Any]:
    # Defaults, not the environment; required settings are not read before the lifespan.
    return create_app(Settings.model_construct()).openapi()
