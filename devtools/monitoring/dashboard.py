"""The dashboard of the service as JSON for Grafana."""

from grafana_foundation_sdk.builders import dashboard as grafana
from grafana_foundation_sdk.builders import prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef

import app
from devtools.monitoring.panel import Panel, Query, Row
from devtools.monitoring.system_panels import CACHE, DATABASE, DEPENDENCIES, MESSAGES, PROCESSES
from devtools.monitoring.user_panels import SUMMARY, USERS

ROWS: tuple[Row, ...] = (SUMMARY, USERS, DEPENDENCIES, CACHE, DATABASE, MESSAGES, PROCESSES)

_HEIGHTS = {True: 4, False: 8}
_SOURCE = DataSourceRef(type_val="prometheus", uid="${source}")


def dashboard_text() -> str:
    """Return the text of the file."""
    return JSONEncoder(sort_keys=True, indent=2).encode(_dashboard().build()) + "\n"


def _dashboard() -> grafana.Dashboard:
    board = (
        grafana.Dashboard(app.__title__)
        .description(f"Written from devtools/monitoring. {app.__description__}")
        .tags([app.__slug__])
        .time("now-1h", "now")
        .refresh("30s")
        .timezone("browser")
        .readonly()
        .with_variable(grafana.DatasourceVariable("source").label("Prometheus").type("prometheus"))
    )
    numbers = iter(range(1, 1000))
    for row in ROWS:
        board.with_row(grafana.Row(row.title).id(next(numbers)))
        for panel in row.panels:
            board.with_panel(_panel(panel).id(next(numbers)))
    return board


def _panel(panel: Panel) -> stat.Panel | timeseries.Panel:
    built = stat.Panel() if panel.is_number else timeseries.Panel().min(0).fill_opacity(8)
    built.title(panel.title).description(panel.description).unit(panel.unit)
    built.span(panel.width).height(_HEIGHTS[panel.is_number]).datasource(_SOURCE)
    for letter, query in zip("ABCDEFGH", panel.queries, strict=False):
        built.with_target(_target(query).ref_id(letter))
    return built


def _target(query: Query) -> prometheus.Dataquery:
    return (
        prometheus.Dataquery()
        .expr(query.expression)
        .legend_format(query.legend)
        .range()
        .datasource(_SOURCE)
    )
