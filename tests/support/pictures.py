"""Make the pictures of the pages in README.md again, from a running `python3 dev.py run`.

Run it with `.venv/bin/python -m tests.support.pictures URL TOKEN`; it needs Chromium. Pictures of
terminals are made by `devtools.documents.terminal`.
"""

import asyncio
import sys
import tempfile
from base64 import b64decode
from pathlib import Path

from tests.support.browser import Page, find_chromium, open_page

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
OPERATION = "#operations-Products-get_product"
RESPONSE = f"{OPERATION} .live-responses-table"
HOME_SIZE, DOCS_SIZE = (800, 460), (1100, 1300)


async def draw_home(page: Page, url: str) -> None:
    await page.open(url)
    await page.wait_for("document.querySelector('h1') !== null")
    await save(page, "home-page.png", HOME_SIZE)


async def draw_docs(page: Page, url: str, token: str) -> None:
    """Open one operation and execute it with the token."""
    await page.open(f"{url}/docs")
    await page.click(".btn.authorize")
    await page.wait_for("document.querySelector('.auth-container input') !== null")
    await page.evaluate("document.querySelector('.auth-container input').focus()")
    await page.type(token)
    await page.click(".auth-container .btn.authorize")
    await page.click(".auth-container .btn-done")
    await page.click(f"{OPERATION} .opblock-summary-control")
    await page.click(f"{OPERATION} .try-out__btn")
    field = f"document.querySelector('{OPERATION} input[placeholder=product_id]')"
    await page.wait_for(f"{field} !== null")
    await page.evaluate(f"{field}.focus()")
    await page.type("1")
    # The page waits for further keys otherwise.
    await page.evaluate(f"{field}.blur()")
    await page.click(f"{OPERATION} .execute")
    await page.wait_for(f"document.querySelector('{RESPONSE} .response') !== null")
    await page.evaluate(f"document.querySelector('{OPERATION}').scrollIntoView()")
    await save(page, "docs-page.png", DOCS_SIZE)


async def save(page: Page, name: str, size: tuple[int, int]) -> None:
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    await page.call("Emulation.setDeviceMetricsOverride", **metrics)
    await page.call("Emulation.setScrollbarsHidden", hidden=True)
    picture = await page.call("Page.captureScreenshot", format="png")
    (FOLDER / name).write_bytes(b64decode(picture["data"]))


async def main(url: str, token: str) -> None:
    executable = find_chromium()
    if executable is None:
        sys.exit("Chromium is missing")
    with tempfile.TemporaryDirectory() as profile:
        async with open_page(executable, Path(profile)) as page:
            await draw_home(page, url)
            await draw_docs(page, url, token)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
