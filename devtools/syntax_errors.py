"""Name a file with a conflict of a merge instead of printing a traceback. Standard library only."""

import sys
from pathlib import Path
from types import TracebackType

_BEGIN = "<<<<<<< "


def explain(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Replace `sys.excepthook`: an import may fail, whatever the command."""
    if isinstance(error, SyntaxError) and error.filename and _has_conflict(Path(error.filename)):
        sys.stderr.write(f"First resolve the conflict in {error.filename}, and `git add` it\n")
    else:
        sys.__excepthook__(kind, error, traceback)


def _has_conflict(path: Path) -> bool:
    if not path.is_file():
        return False
    return any(line.startswith(_BEGIN) for line in path.read_text("utf-8", "replace").splitlines())
