"""Home directory of the process."""

import os
from pathlib import Path

NO_HOME = "/nonexistent"


def hide_unreadable_home() -> None:
    """Let HOME name no directory if the process may not enter it.

    asyncpg looks for passwords and certificates there, and fails to connect if it may not. In a
    container that runs as another user, HOME often remains /root.
    """
    try:
        home = Path.home()
    except RuntimeError:
        return
    if not os.access(home, os.R_OK | os.X_OK):
        os.environ["HOME"] = NO_HOME
