"""`dev.py run --observe`: a private Prometheus beside the service, where it is installed."""

from contextlib import ExitStack
from pathlib import Path

from devtools.ports import LOOPBACK
from devtools.prometheus import INSTALL_COMMAND, PrivatePrometheus, find_prometheus
from devtools.servers import PrivateServers
from devtools.state import DevState

RULES = Path(__file__).resolve().parents[1] / "deploy" / "monitoring" / "rules.yml"
INTERVAL = "2s"
NOT_INSTALLED = (
    f"Prometheus is not installed ({INSTALL_COMMAND}); use the metrics page, or dev.py top"
)


def observe(
    stack: ExitStack, servers: PrivateServers, state: DevState, *, with_prometheus: bool
) -> tuple[list[tuple[str, str]], list[str]]:
    """Return names and URLs of the pages that show metrics, and problems.

    Prometheus scrapes the service and the consumer, with the service's own rules.
    """
    pages = [("Metrics", f"http://{LOOPBACK}:{servers.metrics_port}/")]
    if not with_prometheus:
        return pages, []
    if find_prometheus() is None:
        return pages, [NOT_INSTALLED]
    prometheus = PrivatePrometheus(
        directory=state.prometheus,
        targets=(servers.metrics_port, servers.consumer_metrics_port),
        rules=RULES,
        interval=INTERVAL,
    )
    stack.enter_context(prometheus)
    return [*pages, ("Alerts", f"{prometheus.url}/alerts")], []
