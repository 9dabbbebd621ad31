"""Lines that still have the old URL or table are listed, if they are about the domain."""

from pathlib import Path

import pytest

from devtools.copying.git import git
from devtools.domain.names import Names
from devtools.domain.renaming.leftovers import leftovers_of
from devtools.domain.rendering import write
from tests.support.copied_services import commit_all

ORDERS = Names(plural="orders", singular="order")
ENDPOINTS = "app/api/v1/orders/order_endpoints.py"
TEMPLATE = {
    "docs/API.md": "Say `GET /api/v1/orders/7`.\n\nMore.\n",
    "docs/GUIDE.md": "curl /api/v1/orders\n\ncurl /api/v1/orders\n",
    "tests/test_urls.py": 'URL = "/api/v1/orders"\n',
}
OWN = {
    ENDPOINTS: "",
    "docs/API.md": "Ours: `GET /api/v1/orders`.\n\nSay `GET /api/v1/orders/7`.\n",
    "docs/GUIDE.md": "curl /api/v1/orders\n\ncurl /api/v1/orders\n\ncurl /api/v1/orders\n",
    "docs/openapi.json": '"/api/v1/orders"\n',
    "migrations/versions/0006_orders.py": 'SQL = "CREATE TABLE orders (id)"\n',
    "CHANGELOG.md": "- `/api/v1/orders`\n",
    "deploy/gateway.yaml": "- path: /api/v1/orders\n- path: /api/v1/orders_of_others\n",
    "app/commands/report.py": (
        '"""Report."""\n\norders = []\norders.append(1)\n# FROM orders\n'
        'SQL = """\n    SELECT * FROM orders\n"""\nOTHER = "FROM orders_archive"\n'
    ),
    "app/commands/broken.py": "<<<<<<< yours\nSQL = 'FROM orders'\n",
}
OF_THE_DOMAIN = [
    "app/commands/broken.py:2",
    *("app/commands/report.py:5", "app/commands/report.py:7"),
    *("deploy/gateway.yaml:1", "docs/API.md:1", "docs/GUIDE.md:5"),
]
OLDER = ["docs/API.md:3", "docs/GUIDE.md:1", "docs/GUIDE.md:3", "tests/test_urls.py:1"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "service"
    write({**TEMPLATE, ".gitignore": ".venv\n"}, root)
    return root


def commit_domain(root: Path) -> None:
    write(OWN, root)
    commit_all(root)
    # As at the time of the report.
    (root / ENDPOINTS).rename(root / "app/purchase_endpoints.py")


def test_lines_that_are_older_than_the_domain_are_not_listed(root: Path) -> None:
    git(root, "init", "--quiet")
    commit_all(root)
    commit_domain(root)

    assert [*leftovers_of(root, ORDERS)] == OF_THE_DOMAIN


def test_a_service_in_a_folder_of_a_repository_is_compared_too(root: Path) -> None:
    git(root.parent, "init", "--quiet")
    commit_all(root)
    commit_domain(root)

    assert [*leftovers_of(root, ORDERS)] == OF_THE_DOMAIN


def test_without_the_time_before_the_domain_all_are_listed(root: Path, tmp_path: Path) -> None:
    write(OWN, root)
    assert sorted(leftovers_of(root, ORDERS)) == sorted([*OF_THE_DOMAIN, *OLDER])
    git(root, "init", "--quiet")
    commit_all(root)
    assert sorted(leftovers_of(root, ORDERS)) == sorted([*OF_THE_DOMAIN, *OLDER])
    (root / "README.md").touch()
    commit_all(root)

    git(tmp_path, "clone", "--quiet", "--depth=1", root.as_uri(), "shallow")
    assert sorted(leftovers_of(tmp_path / "shallow", ORDERS)) == sorted([*OF_THE_DOMAIN, *OLDER])
