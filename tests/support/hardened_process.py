"""The command line as in a hardened container: a user ID without a name, or no place to write.

Usage: python -m tests.support.hardened_process unnamed|read-only ARGUMENTS_OF_THE_COMMAND_LINE
"""

# Imported late by the interpreter, which may be in root's home.
import encodings.idna
import encodings.unicode_escape  # noqa: F401
import os
import resource
import signal
import sys

import alembic.command
import alembic.runtime.migration  # noqa: F401

import app.main  # noqa: F401
from app.cli import main
from tests.support.service import DOMAINS

UNNAMED_USER_ID = 54_321


def become_unnamed() -> None:
    """Drop root for a user ID that has no entry in the list of users."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(UNNAMED_USER_ID)
        os.setuid(UNNAMED_USER_ID)


def refuse_writes() -> None:
    """Let every write to a file fail, as on a read-only root without a temporary directory."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


if __name__ == "__main__":
    {"unnamed": become_unnamed, "read-only": refuse_writes}[sys.argv.pop(1)]()
    main(DOMAINS)
