"""A conflict in a file that `dev.py` imports is named, whatever the command."""

import subprocess
import sys
from pathlib import Path

import pytest

CONFLICT = "<<<<<<< HEAD\nA = 1\n=======\nA = 2\n>>>>>>> theirs\n"


@pytest.mark.parametrize(
    ("text", "named", "shown"),
    [
        (CONFLICT, "First resolve the conflict in ", "broken.py, and `git add` it\n"),
        ("A = = 1\n", "Traceback ", "SyntaxError: invalid syntax\n"),
    ],
)
def test_a_module_with_a_conflict_is_named(
    text: str, named: str, shown: str, tmp_path: Path
) -> None:
    (tmp_path / "broken.py").write_text(text)
    code = f"import devtools, sys; sys.path.insert(0, {str(tmp_path)!r}); import broken"

    failed = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False
    )

    assert failed.returncode == 1
    assert failed.stderr.startswith(named)
    assert failed.stderr.endswith(shown)
