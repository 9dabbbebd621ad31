"""Do what VS Code does with the files in `.vscode`."""

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Other lines are ignored, for example those with `export`.
_LINE = re.compile(r"\s*(_*[a-zA-Z]\w*)\s*=\s*(.*?)\s*")


def find_task(label: str) -> dict[str, Any]:
    tasks = json.loads((ROOT / ".vscode" / "tasks.json").read_text())["tasks"]
    (task,) = (task for task in tasks if task["label"] == label)
    return dict(task)


def find_configuration(module: str) -> dict[str, Any]:
    """Return the configuration of the debugger that starts the module."""
    configurations = json.loads((ROOT / ".vscode" / "launch.json").read_text())["configurations"]
    (found,) = (each for each in configurations if each["module"] == module)
    return dict(found)


def read_env_file(configuration: dict[str, Any], folder: Path) -> dict[str, str]:
    """Return the variables of the file as the debugger reads them."""
    name = configuration["envFile"].replace("${workspaceFolder}", str(folder))
    lines = filter(None, map(_LINE.fullmatch, Path(name).read_text().splitlines()))
    return {line[1]: _unquoted(line[2]) for line in lines}


def command_of(configuration: dict[str, Any]) -> list[str]:
    return [sys.executable, "-m", configuration["module"], *configuration["args"]]


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if is_quoted else value
