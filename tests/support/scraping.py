"""Read the metrics on METRICS_PORT."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

from devtools.ports import LOOPBACK


def metrics_client(port: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", trust_env=False, timeout=15)


async def read_metrics(client: httpx.AsyncClient) -> dict[str, float]:
    """Return the values by name and labels, as `name{label="value"}`."""
    response = await client.get("/metrics")
    response.raise_for_status()
    return parse_metrics(response.text)


def parse_metrics(text: str) -> dict[str, float]:
    samples = [
        sample for family in text_string_to_metric_families(text) for sample in family.samples
    ]
    values = {_series(sample.name, sample.labels): sample.value for sample in samples}
    assert len(values) == len(samples), "a series is exposed twice"
    return values


def _series(name: str, labels: dict[str, str]) -> str:
    pairs = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{name}{{{pairs}}}" if pairs else name
