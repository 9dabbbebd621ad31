#!/usr/bin/env python3
"""Run, test and maintain the service. Requires only Python. See `python3 dev.py --help`."""

import sys

# Print one line instead of a traceback.
if sys.version_info < (3, 11):  # noqa: UP036 - an older Python may run this file
    sys.exit("dev.py requires Python 3.11 or later; this is Python " + sys.version.split()[0])
if sys.platform == "win32":
    sys.exit("dev.py supports Linux, macOS and WSL 2; on Windows, run it in WSL 2")

if __name__ == "__main__":
    from pathlib import Path

    # With PYTHONSAFEPATH, Python does not add the folder of this file.
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from devtools import stop_signals

    # Ctrl-C during the imports would print a traceback.
    stop_signals.hold()
    from devtools.launcher import main

    main(sys.argv[1:])
