"""A standby of a private PostgreSQL server, made by pg_basebackup."""

import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from devtools.postgres import PrivatePostgres
from devtools.postgres_binaries import change_owner, find_binaries


def make_standby(primary: PrivatePostgres, *, primary_directory: Path, directory: Path) -> None:
    """Copy a running primary, with its password, into the directory of a server to be started."""
    address = urlsplit(primary.url)
    directory.mkdir(parents=True)
    shutil.copy2(primary_directory / "password", directory / "password")
    subprocess.run(  # noqa: S603 - our own binary and arguments
        [
            str(find_binaries() / "pg_basebackup"),
            *("-h", str(address.hostname), "-p", str(address.port), "-U", str(address.username)),
            *("-D", str(directory / "cluster"), "-R", "-X", "stream", "--checkpoint=fast"),
        ],
        env={"PGPASSWORD": str(address.password)},
        check=True,
        capture_output=True,
    )
    for path in (directory, *directory.rglob("*")):
        change_owner(path)
    directory.chmod(0o700)


def demote(directory: Path) -> None:
    """Let a stopped server come back as a standby, which accepts no write."""
    signal = directory / "cluster" / "standby.signal"
    signal.touch(mode=0o600)
    change_owner(signal)
