"""Settings of the running `dev.py run`, for commands beside it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from app.config.settings import Settings
from devtools.processes import ServerError
from devtools.state import DevState
from devtools.stored_text import read_text, write_text

SETTINGS = frozenset(name.upper() for name in Settings.model_fields)
# The processes of a machine share the cache's generation file in it.
_RECORDED = SETTINGS | {"TMPDIR"}
# A process beside the service cannot listen there.
_OF_THE_SERVICE = {"METRICS_PORT"}
_CONSUMER_PORT = "consumer_metrics_port"
NOT_RUNNING = "`dev.py run` is not running in this folder; start it: python3 dev.py run"
STARTING = "`dev.py run` is still starting in this folder; try again when it prints Ready"


@contextmanager
def record_running(
    state: DevState, consumer_metrics_port: int, variables: dict[str, str]
) -> Iterator[None]:
    """Record the settings among the variables as long as the block runs."""
    recorded = {name: variables[name] for name in sorted(_RECORDED & variables.keys())}
    recorded[_CONSUMER_PORT] = str(consumer_metrics_port)
    write_text(state.running, json.dumps(recorded))
    try:
        yield
    finally:
        state.running.unlink(missing_ok=True)


def read_running(state: DevState) -> dict[str, str]:
    """Return the variables for a process beside the service; raises ServerError if nothing runs."""
    variables = _read(state)
    return {name: variables[name] for name in variables if name in _RECORDED - _OF_THE_SERVICE}


def read_metrics_ports(state: DevState) -> tuple[int, ...]:
    """Return the ports of the service and of its consumer; raises ServerError if nothing runs."""
    variables = _read(state)
    return tuple(int(variables[name]) for name in (*_OF_THE_SERVICE, _CONSUMER_PORT))


def _read(state: DevState) -> dict[str, str]:
    """Read the record. The lock decides: the file of a killed run remains."""
    if not state.is_locked():
        raise ServerError(NOT_RUNNING)
    text = read_text(state.running)
    if text is None:
        raise ServerError(STARTING)
    variables: dict[str, str] = json.loads(text)
    return variables


def environment_beside(state: DevState) -> dict[str, str]:
    """Return this environment with exactly the settings of the running service."""
    others = {name: value for name, value in os.environ.items() if name.upper() not in SETTINGS}
    return others | read_running(state)
