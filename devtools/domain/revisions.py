"""Numbers of the newest and of the next migration."""

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from devtools.domain.refusal import RefusedError


def newest_revision(root: Path) -> str:
    config = Config()
    config.set_main_option("script_location", str(root / "migrations"))
    heads = ScriptDirectory.from_config(config).get_heads()
    if len(heads) != 1:
        raise RefusedError(f"The migrations must have one head, not {', '.join(heads) or 'none'}")
    return heads[0]


def next_revision(root: Path) -> str:
    numbers = (path.name.partition("_")[0] for path in (root / "migrations/versions").glob("*.py"))
    return f"{max((int(number) for number in numbers if number.isdecimal()), default=0) + 1:04}"
