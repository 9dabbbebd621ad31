"""Make folders with the code of later releases, whose test domain and schema differ."""

import asyncio
import shutil
import sys
from pathlib import Path

from app.infrastructure.database.schema_version import read_migrations
from tests.support.server import ROOT
from tests.widgets.regenerate import FIELDS, render_widgets

_LEFT_OUT = shutil.ignore_patterns("__pycache__")


class Release:
    """A release in a folder of its own: set PYTHONPATH to the folder, and run it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tests").mkdir(parents=True)
        for part in ("app", "tests/support"):
            (folder / part).symlink_to(ROOT / part)
        for part in ("migrations", "tests/widgets"):
            shutil.copytree(ROOT / part, folder / part, ignore=_LEFT_OUT)
        (self._newest,) = read_migrations().heads

    def change_fields(self, *, added: str, removed: str) -> None:
        """Write the test domain with other fields; the tables stay."""
        kept = [field for field in FIELDS if not field.startswith(f"{removed}:")]
        for path, text in render_widgets([*kept, added]).items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text)

    def add_migration(self, revision: str, body: str) -> None:
        """Add a migration; the body of its `upgrade` is indented by four spaces."""
        header = f'from alembic import op\n\nrevision = "{revision}"\n'
        text = f'{header}down_revision = "{self._newest}"\n\n\ndef upgrade() -> None:\n{body}'
        (self.folder / "migrations" / "versions" / f"{revision}.py").write_text(text)
        self._newest = revision

    async def migrate(self, environment: dict[str, str]) -> str:
        """Run `python -m app migrate`, and return what it prints."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "migrate"),
            cwd=self.folder,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        return output.decode()
