"""`dev.py reset`: say what goes, ask, and delete it. Standard library only."""

import sys
from argparse import Namespace
from pathlib import Path

from devtools.state import BusyError, DevState

USAGE = 2
_CONTENTS = {
    "postgres": "the database of `dev.py run`, with all its rows",
    "rabbitmq": "the messages in RabbitMQ",
    "jwt_secret": "the secret that signs tokens: printed tokens become invalid",
    "prometheus": "the metrics of `dev.py run --observe`",
    "bench": "the databases of `dev.py bench`",
    "bench.json": "the figures of `dev.py bench`",
    "auth.log": "logs",
}


def reset(options: Namespace, directory: Path) -> int:
    contents = [text for name, text in _CONTENTS.items() if (directory / name).exists()]
    if not contents:
        sys.stdout.write(f"{directory} holds nothing to delete.\n")
        return 0
    state = DevState(directory=directory)
    try:
        with state.lock():
            sys.stdout.write(f"This deletes {directory.absolute()}:\n")
            sys.stdout.writelines(f"  {text}\n" for text in contents)
            if not (options.yes or _is_confirmed()):
                sys.stderr.write("Nothing was deleted; confirm with: python3 dev.py reset --yes\n")
                return USAGE
            state.delete()
    except BusyError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _is_confirmed() -> bool:
    if not sys.stdin or not sys.stdin.isatty():
        return False
    sys.stdout.write("Delete it? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
