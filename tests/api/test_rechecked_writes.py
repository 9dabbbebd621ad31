"""With AUTH_RECHECK_WRITES a revoked token writes nothing, however long it is cached."""

import pytest

from app.config.settings import Settings
from devtools.private_auth import PrivateAuthService
from tests.support.problems import problem_of
from tests.support.settings_and_clients import make_client, running_app
from tests.widgets.factories import WIDGETS, widget_body


@pytest.mark.parametrize(("is_rechecked", "status"), [(True, 401), (False, 201)])
async def test_a_revocation_has_effect_on_the_next_write(
    settings: Settings,
    auth_service: PrivateAuthService,
    is_rechecked: bool,  # noqa: FBT001
    status: int,
) -> None:
    token = auth_service.token("admin")
    async with (
        running_app(settings, auth_recheck_writes=is_rechecked, auth_cache_ttl_seconds=3600) as app,
        make_client(app, token) as admin,
    ):
        assert (await admin.post(WIDGETS, json=widget_body())).status_code == 201
        auth_service.revoke(token)
        # Reads are served from the cache.
        assert (await admin.get(WIDGETS)).status_code == 200

        assert (await admin.post(WIDGETS, json=widget_body())).status_code == status
        if is_rechecked:
            # The refusal is known to reads, too.
            problem_of(await admin.get(f"{WIDGETS}/1"), 401, "invalid_token")
