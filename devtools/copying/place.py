"""The folder of a new service: new, an empty clone, or in another repository.

Standard library only.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from devtools.copying.git import attempt, git, is_installed, root_of
from devtools.domain.refusal import RefusedError

GIT = ".git"
_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Place:
    """`repository` is the root of the one that the folder belongs to already, if any."""

    target: Path
    repository: Path | None

    @property
    def is_inside_another(self) -> bool:
        return self.repository is not None and self.repository != self.target

    def commit(self, message: str) -> None:
        """Commit all files; a new folder gets a repository first."""
        if self.repository is None:
            attempt(self.target, "init", "--quiet", "--initial-branch=main")
        git(self.target, "add", "--all")
        git(self.target, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "--message", message)

    def clear(self) -> None:
        """Delete what was written; an empty clone stays one."""
        if self.repository != self.target:
            shutil.rmtree(self.target, ignore_errors=True)
            return
        for path in self.target.iterdir():
            if path.name == GIT:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


def find_place(target: Path, template: Path) -> Place:
    """Raise RefusedError if the folder has files or commits, or is inside the template."""
    if target.is_relative_to(template):
        raise RefusedError(f"{target} is inside this repository: choose a folder beside it")
    if target.exists() and (not target.is_dir() or any(_files(target))):
        raise RefusedError(f"{target} exists and is not empty")
    repository = _repository_of(target)
    if repository == target and not attempt(target, "rev-parse", "--verify", "HEAD").returncode:
        raise RefusedError(f"{target} has commits: choose a new folder or an empty clone")
    return Place(target=target, repository=repository)


def _files(target: Path) -> list[Path]:
    return [path for path in target.iterdir() if path.name != GIT]


def _repository_of(target: Path) -> Path | None:
    """Return the root of the repository of the folder, unless that ignores it."""
    existing = next(path for path in (target, *target.parents) if path.is_dir())
    root = root_of(existing)
    if root is None or not attempt(root, "check-ignore", "--quiet", target).returncode:
        return None
    return root


def describe_uncommitted(template: Path) -> str:
    """Say which files of the template are in no commit, so that no version of it has them."""
    if not is_installed() or root_of(template) != template:
        return ""
    compared = attempt(template, "diff", "--name-only", "HEAD")
    if compared.returncode:
        # There is no commit, and so no version, either.
        return ""
    edited = compared.stdout.splitlines()
    untracked = git(template, "ls-files", "--others", "--exclude-standard").splitlines()
    lines = [
        *(f"  {path}    copied as it is now\n" for path in edited),
        *(f"  {path}    not copied: git does not track it\n" for path in untracked),
    ]
    if not lines:
        return ""
    shown = "".join([*lines[:_SHOWN], *(["  ...\n"] if len(lines) > _SHOWN else [])])
    return (
        "The template has changes that are not committed; later, `update-template` takes the"
        f" copied ones for yours:\n{shown}"
    )
