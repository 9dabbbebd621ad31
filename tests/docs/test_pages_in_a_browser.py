"""The pages in a real browser, under the policy that they are sent with."""

import pytest

import app
from devtools.ports import LOOPBACK
from tests.docs.browser import HOST, Page
from tests.products.making import PRODUCTS, product_body
from tests.server import Server
from tests.setup import Tokens

OPERATIONS = "document.querySelectorAll('.opblock').length"
LIST = "#operations-Products-list_products"


@pytest.fixture
def site(server: Server) -> str:
    """The service under a name of its own, as a browser on another machine sees it."""
    return server.url.replace(LOOPBACK, HOST)


async def number_of_operations(server: Server) -> int:
    async with server.async_client() as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    return sum(len(methods) for methods in paths.values())


def assert_kept_to_itself(page: Page, site: str) -> None:
    """Nothing was refused by the policy, nothing failed, and nothing was asked of anyone else."""
    asked = [sent["request"]["url"] for sent in page.told("Network.requestWillBeSent")]
    assert f"{site}/openapi.json" in asked
    assert [url for url in asked if not url.startswith((f"{site}/", "data:", "blob:"))] == []
    assert page.told("Log.entryAdded") == []
    assert page.told("Runtime.exceptionThrown") == []
    assert page.told("Runtime.consoleAPICalled") == []
    assert violations(page) == []


def violations(page: Page) -> list[str]:
    issues = [told["issue"] for told in page.told("Audits.issueAdded")]
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
        await client.post(PRODUCTS, json=product_body(sku="NB-1"))

    await page.open(f"{site}/docs")
    await page.wait_for(f"{OPERATIONS} === {await number_of_operations(server)}")
    await authorize(page, tokens.user)
    await page.click(f"{LIST} .opblock-summary-control")
    await page.click(f"{LIST} .try-out__btn")
    await page.click(f"{LIST} .execute")

    answer = f"document.querySelector('{LIST} .live-responses-table .response')"
    shown = await page.wait_for(f"{answer} && {answer}.innerText")
    assert shown.split()[0] == "200"
    assert '"sku": "NB-1"' in shown
    assert_kept_to_itself(page, site)


async def test_redoc_shows_all_operations(server: Server, site: str, page: Page) -> None:
    await page.open(f"{site}/redoc")

    operations = 'document.querySelectorAll(\'[id^="tag/"][id*="/operation/"]\').length'
    await page.wait_for(f"{operations} >= {await number_of_operations(server)}")
    title = await page.evaluate("document.querySelector('h1').innerText")
    assert title == f"{app.__title__} ({app.__version__})"
    assert_kept_to_itself(page, site)


async def test_the_policy_stops_scripts_and_addresses_of_others(site: str, page: Page) -> None:
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
