"""The documentation pages work in a real browser under their Content-Security-Policy."""

import pytest

import app
from devtools.ports import LOOPBACK
from tests.support.browser import HOST, Page
from tests.support.server import Server
from tests.support.settings_and_clients import Tokens
from tests.widgets.factories import WIDGETS, widget_body

OPERATIONS = "document.querySelectorAll('.opblock').length"
LIST = "#operations-Widgets-list_widgets"


@pytest.fixture
def site(server: Server) -> str:
    """The URL of the service under a host name that is not localhost."""
    return server.url.replace(LOOPBACK, HOST)


async def number_of_operations(server: Server) -> int:
    async with server.async_client() as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    return sum(len(methods) for methods in paths.values())


def assert_no_violation(page: Page, site: str) -> None:
    """Check that the policy blocked nothing, nothing failed, and no other host was called."""
    requested = [sent["request"]["url"] for sent in page.events_of("Network.requestWillBeSent")]
    assert f"{site}/openapi.json" in requested
    assert [url for url in requested if not url.startswith((f"{site}/", "data:", "blob:"))] == []
    assert page.events_of("Log.entryAdded") == []
    assert page.events_of("Runtime.exceptionThrown") == []
    assert page.events_of("Runtime.consoleAPICalled") == []
    assert violations(page) == []


def violations(page: Page) -> list[str]:
    issues = [event["issue"] for event in page.events_of("Audits.issueAdded")]
    return [
        issue["details"]["contentSecurityPolicyIssueDetails"]["violatedDirective"]
        for issue in issues
        if issue["code"] == "ContentSecurityPolicyIssue"
    ]


async def authorize(page: Page, token: str) -> None:
    await page.click(".btn.authorize")
    await page.wait_for("document.querySelector('.auth-container input') !== null")
    await page.evaluate("document.querySelector('.auth-container input').focus()")
    await page.type(token)
    await page.click(".auth-container .btn.authorize")
    await page.click(".auth-container .btn-done")


@pytest.mark.usefixtures("database_url")
async def test_swagger_ui_shows_all_operations_and_calls_one_with_a_token(
    server: Server, site: str, page: Page, tokens: Tokens
) -> None:
    async with server.async_client(tokens.admin) as client:
        await client.post(WIDGETS, json=widget_body(code="NB-1"))

    await page.open(f"{site}/docs")
    await page.wait_for(f"{OPERATIONS} === {await number_of_operations(server)}")
    await authorize(page, tokens.user)
    await page.click(f"{LIST} .opblock-summary-control")
    await page.click(f"{LIST} .try-out__btn")
    await page.click(f"{LIST} .execute")

    response = f"document.querySelector('{LIST} .live-responses-table .response')"
    shown = await page.wait_for(f"{response} && {response}.innerText")
    assert shown.split()[0] == "200"
    assert '"code": "NB-1"' in shown
    assert_no_violation(page, site)


async def test_redoc_shows_all_operations(server: Server, site: str, page: Page) -> None:
    await page.open(f"{site}/redoc")

    operations = 'document.querySelectorAll(\'[id^="tag/"][id*="/operation/"]\').length'
    await page.wait_for(f"{operations} >= {await number_of_operations(server)}")
    title = await page.evaluate("document.querySelector('h1').innerText")
    assert title == f"{app.__title__} ({app.__version__})"
    assert_no_violation(page, site)


async def test_the_policy_blocks_inline_scripts_and_foreign_addresses(
    site: str, page: Page
) -> None:
    await page.open(f"{site}/docs")
    await page.wait_for(f"{OPERATIONS} > 0")

    await page.evaluate("""
        document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='injected = 1'>");
        const script = document.createElement("script");
        script.textContent = "injected = 2";
        document.body.append(script);
        document.body.append(Object.assign(new Image(), {src: "http://127.0.0.2:9/"}));
        fetch("http://127.0.0.2:9/").catch(() => { window.fetched = false });
    """)

    await page.wait_for("window.fetched === false")
    assert await page.evaluate("typeof injected") == "undefined"
    assert {"script-src-elem", "script-src-attr", "img-src", "connect-src"} <= set(violations(page))
