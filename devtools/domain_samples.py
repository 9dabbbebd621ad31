"""Read the sample rows and sample requests of each domain from `devtools/samples`.

`DOMAIN.csv` holds the rows that `dev.py run` imports into an empty table. `DOMAIN.http` holds the
requests that its banner prints, one per line: role, method, path, and optionally a body. The path
is relative to the domain's path (`.`: the domain's path itself). In the body, `<random>` is
replaced by a random text. Without any `.http`, the first domain of the router has default requests.
"""

import json
import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

SAMPLES = Path(__file__).with_name("samples")
SCHEMAS = "app.schemas.{domain}.{singular}_schemas"
ROUTES = Path(__file__).resolve().parents[1] / "app" / "api" / "v1"


@dataclass(frozen=True)
class SampleRequest:
    role: str
    method: str
    path: str
    body: str = ""


def sample_rows() -> dict[str, Path]:
    """Return the files in the order of the router: a domain comes after those it refers to."""
    files = {domain: SAMPLES / f"{domain}.csv" for domain in served_domains()}
    return {domain: file for domain, file in files.items() if file.exists()}


def sample_requests() -> dict[str, list[SampleRequest]]:
    written = {file.stem: _read(file) for file in sorted(SAMPLES.glob("*.http"))}
    return written or {domain: _default_requests(domain) for domain in served_domains()[:1]}


def served_domains() -> list[str]:
    """Return the plurals of the domains, in the order of the router."""
    return re.findall(r'prefix="/v1/([^"/]+)"', (ROUTES / "router.py").read_text())


def _default_requests(domain: str) -> list[SampleRequest]:
    requests = [SampleRequest("user", "GET", "?page_size=3")]
    if example := _find_example(domain):
        requests.append(SampleRequest("admin", "POST", ".", json.dumps(example)))
    return requests


def _find_example(domain: str) -> object:
    """Return the example of a body in the schemas, if they have one as generated ones do."""
    for file in (ROUTES / domain).glob("*_endpoints.py"):
        singular = file.stem.removesuffix("_endpoints")
        schemas = import_module(SCHEMAS.format(domain=domain, singular=singular))
        return getattr(schemas, "EXAMPLE", None)
    return None


def _read(file: Path) -> list[SampleRequest]:
    return [SampleRequest(*line.split(" ", 3)) for line in file.read_text().splitlines()]
