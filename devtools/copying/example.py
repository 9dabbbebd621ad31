"""What belongs to the example domain, and a folder without it. Standard library only.

A file goes if its path names the example, Python code if it needs what has gone (`pruning.py`),
and text if it speaks of it (`documents.py`).
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from devtools.copying.documents import prune_documents
from devtools.copying.pruning import prune_modules

DOMAIN = "products"
# `product`, `Products` and `list_products`, but neither `production` nor `PRODUCTION`.
NAMED = re.compile(r"(?<![A-Za-z])products?(?![a-z])|Products?(?![a-z])|PRODUCTS?(?![A-Z])")
# Its own words, in documents.
FIELDS = r"[Cc]atalogue|\b(?:sku|Sku[A-Z]\w+|change_\w+)\b|PRICE|(?<![a-z])price(?!s)"
# What measures or describes nothing else.
ALSO = (
    "devtools/bench",
    "tests/bench",
    "tests/api/e2e",
    "tests/docs/test_pictures.py",
    "docs/LISTS.md",
    "docs/PERFORMANCE.md",
    "docs/images",
)
TOOLS = "devtools/copying"
# A service may well be called after it.
IDENTITY = "app/__init__.py"


def remove_example(root: Path) -> None:
    for path in _paths(root):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    kept = (root / TOOLS, root / IDENTITY)
    sources = [path for path in root.rglob("*.py") if not any(map(path.is_relative_to, kept))]
    prune_modules(root, sources, NAMED)
    _remove_empty_packages(root)
    prune_documents(root, re.compile(rf"{NAMED.pattern}|{FIELDS}"))


def _paths(root: Path) -> Iterator[Path]:
    yield from (root / path for path in ALSO if (root / path).exists())
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if NAMED.search(str(inside)) and not str(inside).startswith((TOOLS, ".git/")):
            yield from [path] if path.exists() else []


def _remove_empty_packages(root: Path) -> None:
    for folder in sorted((root / "tests").rglob("*"), reverse=True):
        if folder.is_dir() and not any(child.name != "__init__.py" for child in folder.iterdir()):
            shutil.rmtree(folder)
