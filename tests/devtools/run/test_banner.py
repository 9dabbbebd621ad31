"""The banner shows requests to the example, to the first domain, or how to begin."""

import json
import re
import shlex
from pathlib import Path

import pytest

from devtools import domain_samples
from devtools.banner import render_banner

ADDRESS = "http://[::1]:8000"


@pytest.fixture
def routes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy without the example: no samples, and a router without any domain."""
    monkeypatch.setattr(domain_samples, "SAMPLES", tmp_path / "samples")
    monkeypatch.setattr(domain_samples, "ROUTES", tmp_path / "routes")
    (tmp_path / "routes").mkdir()
    (tmp_path / "routes" / "router.py").write_text("router = APIRouter()\n")
    return tmp_path / "routes"


def make_banner() -> str:
    return render_banner(ADDRESS, None, pages=[], broker=None, notes=[])


@pytest.mark.usefixtures("routes")
def test_a_service_without_a_domain_is_told_how_to_add_one() -> None:
    banner = make_banner()

    assert "no domain yet" in banner
    assert "python3 dev.py new-domain orders --field" in banner
    assert re.findall("curl .*", banner) == [f"curl -s '{ADDRESS}/health'"]


def test_without_samples_the_first_domain_is_requested(routes: Path) -> None:
    with (routes / "router.py").open("a") as router:
        for plural in ("invoices", "parcels"):
            router.write(f'router.include_router(r.router, prefix="/v1/{plural}", tags=["X"])\n')

    banner = make_banner()

    assert f'curl -s -H "Authorization: Bearer $USER_TOKEN" \'{ADDRESS}/api/v1/invoices?' in banner
    assert f"API       {ADDRESS}/api/v1/parcels" in banner
    assert len(re.findall("curl .*/api/v1/parcels", banner)) == 0
    assert "no domain yet" not in banner


def test_the_example_of_a_schema_is_posted(routes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = {"name": "it's new", "price": 1.5}
    (routes / "notes").mkdir()
    (routes / "notes" / "note_endpoints.py").touch()
    (routes / "router.py").write_text('prefix="/v1/notes"\n')
    schemas = routes.parent / "note_schemas.py"
    schemas.write_text(f"EXAMPLE = {example!r}\n")
    monkeypatch.syspath_prepend(str(routes.parent))
    monkeypatch.setattr(domain_samples, "SCHEMAS", "{singular}_schemas")

    (post,) = re.findall("curl .* -d .*", make_banner())

    arguments = shlex.split(post)
    assert json.loads(arguments[arguments.index("-d") + 1]) == example
    assert arguments[-1] == f"{ADDRESS}/api/v1/notes"


def test_pages_the_state_of_rabbitmq_and_notes_are_lines_of_their_own() -> None:
    pages = [("Metrics", "http://[::1]:9464/")]
    notes = ["first", "second"]
    banner = render_banner(ADDRESS, None, pages=pages, broker="starting: wait", notes=notes)

    assert "\n  Metrics   http://[::1]:9464/\n" in banner
    assert "\n  RabbitMQ  starting: wait\n" in banner
    assert "\nNote: first\n" in banner
    assert "\nNote: second\n" in banner
