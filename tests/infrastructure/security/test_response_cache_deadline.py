"""A cached response requires authentication within the request deadline."""

from app.config.settings import Settings
from tests.support.problems import problem_of
from tests.support.scripted_auth_server import ScriptedAuthServer, reply_after, reply_principal
from tests.support.settings_and_clients import Tokens, make_client, running_app
from tests.widgets.factories import WIDGETS, widget_body


async def test_authentication_before_a_cached_response_respects_the_request_deadline(
    settings: Settings, auth_server: ScriptedAuthServer, tokens: Tokens
) -> None:
    auth_server.script = reply_principal(role="admin")
    overrides = {"auth_service_url": auth_server.url, "request_timeout_seconds": 1}
    async with (
        running_app(settings, **overrides) as app,
        make_client(app, tokens.admin) as known,
        make_client(app, tokens.user) as uncached,
    ):
        created = await known.post(WIDGETS, json=widget_body())
        url = created.headers["Location"]
        first = await known.get(url)
        auth_server.script = reply_after(30, reply_principal(role="admin"))

        late = await uncached.get(url)
        again = await known.get(url)

    problem_of(late, 504, "deadline_exceeded")
    assert (again.status_code, again.content) == (200, first.content)
