"""An answer that is kept is given at once to whom is known; others are asked about first."""

from app.config.settings import Settings
from tests.problems import problem_of
from tests.products.making import PRODUCTS, product_body
from tests.security.scripted_auth_server import ScriptedAuthServer, after, principal
from tests.setup import Tokens, client_of, running


async def test_the_deadline_of_a_request_holds_for_a_kept_answer_to_a_stranger(
    settings: Settings, auth_server: ScriptedAuthServer, tokens: Tokens
) -> None:
    auth_server.script = principal(role="admin")
    overrides = {"auth_service_url": auth_server.url, "request_timeout_seconds": 1}
    async with (
        running(settings, **overrides) as app,
        client_of(app, tokens.admin) as known,
        client_of(app, tokens.user) as stranger,
    ):
        created = await known.post(PRODUCTS, json=product_body())
        url = created.headers["Location"]
        first = await known.get(url)
        auth_server.script = after(30, principal(role="admin"))

        late = await stranger.get(url)
        again = await known.get(url)

    problem_of(late, 504, "deadline_exceeded")
    assert (again.status_code, again.content) == (200, first.content)
