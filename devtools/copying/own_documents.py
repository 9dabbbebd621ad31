"""Write the initial README and CHANGELOG of a copy. Standard library only."""

from pathlib import Path
from string import Template

from devtools.copying.identity import Identity

TEXTS = Path(__file__).parent
OWN_DOCUMENTS = {"README.md": "readme.md", "CHANGELOG.md": "changelog.md"}


def write_own_documents(target: Path, identity: Identity) -> None:
    for name, source in OWN_DOCUMENTS.items():
        text = Template((TEXTS / source).read_text())
        (target / name).write_text(
            text.substitute(
                title=identity.title,
                slug=identity.slug,
                description=identity.description,
                version=identity.version,
                port=identity.port,
            )
        )


def edited_documents(root: Path, rendering: Path) -> list[str]:
    """Return those documents of the copy at `root` that differ from the rendered template."""
    return [name for name in OWN_DOCUMENTS if _differs(root / name, rendering / name)]


def _differs(own: Path, rendered: Path) -> bool:
    if not own.exists():
        return False
    return not rendered.exists() or own.read_bytes() != rendered.read_bytes()
