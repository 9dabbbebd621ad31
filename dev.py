#!/usr/bin/env python3
"""Run, test and look after the service; needs nothing but Python. See `python3 dev.py --help`."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - said in one line to whoever has an older one
    sys.exit("dev.py needs Python 3.11 or later; this is " + sys.version.split()[0])

import os
from pathlib import Path

from devtools.commands import parse
from devtools.doctor import examine
from devtools.environment import InstallError, ensure_environment


def main(arguments: list[str]) -> None:
    os.chdir(Path(__file__).resolve().parent)
    options = parse(arguments)
    if options.command == "doctor":
        sys.exit(examine(options.port))
    try:
        python = ensure_environment()
    except InstallError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    os.execv(python, [str(python), "-m", "devtools", *arguments])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
