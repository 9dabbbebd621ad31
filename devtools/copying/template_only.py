"""Remove files of the template that copies do not get. Standard library only."""

import os
import shutil
from pathlib import Path

from devtools.copying.own_documents import OWN_DOCUMENTS

# A copy gets its own README and CHANGELOG (`own_documents.py`) and no other file of this list.
TEMPLATE_ONLY = (
    "README.md",
    "CHANGELOG.md",
    "docs/PERFORMANCE.md",
    "docs/images",
    "devtools/api_changes/released",
    "devtools/bench",
    "tests/devtools/bench",
    "tests/devtools/copying/test_by_hand.py",
    "tests/devtools/copying/test_template_only.py",
    "tests/docs/test_pictures.py",
    "tests/support/pictures.py",
    ".ci/copies",
    ".ci/updates",
)


def remove_template_only(root: Path) -> None:
    """Remove these files, and the table rows that name them in the documents."""
    for name in TEMPLATE_ONLY:
        if (root / name).is_dir():
            shutil.rmtree(root / name)
        else:
            (root / name).unlink(missing_ok=True)
    for document in (*root.glob("*.md"), *root.glob("docs/*.md")):
        _remove_rows(document, root)


def _remove_rows(document: Path, root: Path) -> None:
    lines = document.read_text().splitlines(keepends=True)
    folder = document.parent.relative_to(root)
    # A copy has documents of its own.
    paths = [path for path in TEMPLATE_ONLY if path not in OWN_DOCUMENTS]
    names = [*paths, *(f"]({os.path.relpath(path, folder)}" for path in paths)]
    kept = [
        line for line in lines if not (line.startswith("|") and any(name in line for name in names))
    ]
    document.write_text("".join(kept))
