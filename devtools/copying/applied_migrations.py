"""Keep the migrations of a copy as its databases have run them. Standard library only.

An edit of one would reach new databases only, so that they would differ from those that exist.
"""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from devtools.copying.migration_order import VERSIONS

_COMMENT = re.compile(r"--.*$", re.MULTILINE)


def keep_applied(copy: Path, base: Path, ahead: Path) -> Iterator[Path]:
    """Put the copy's migrations into both renderings where these differ; yield their paths.

    Changes of comments and docstrings alone are merged like those of any file.
    """
    for rendered in sorted((base / VERSIONS).glob("*.py")):
        path = rendered.relative_to(base)
        if (copy / path).exists() and _is_edited(rendered, ahead / path):
            for folder in (base, ahead):
                shutil.copy2(copy / path, folder / path)
            yield path


def _is_edited(old: Path, new: Path) -> bool:
    return not new.exists() or _statements(old) != _statements(new)


def _statements(path: Path) -> str:
    """Return the code without comments, docstrings and the layout of SQL."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        match node:
            case ast.Module() | ast.FunctionDef() if ast.get_docstring(node) is not None:
                del node.body[0]
            case ast.Constant(value=str(text)):
                node.value = " ".join(_COMMENT.sub("", text).split())
    return ast.dump(tree)
