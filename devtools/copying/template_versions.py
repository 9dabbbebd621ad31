"""Render versions of a template from its git repository. Standard library only."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from devtools.copying.git import GitError, attempt, git
from devtools.copying.news import news_between
from devtools.copying.record import Parameters, Record, shortened


class UnknownRevisionError(Exception):
    """The repository of the template lacks a requested tag, branch or commit."""


@dataclass(frozen=True)
class Template:
    """A clone of `source` in `directory`."""

    source: str
    directory: Path

    def origin_of_copy(self, origin: Record) -> tuple[int, str]:
        """Return the place of this template in the lineage of a copy, and the commit there."""
        lineage = [*enumerate(origin.lineage())]
        # A parent may have a tag of the same name.
        for generation, each in sorted(lineage, key=lambda one: one[1].source != self.source):
            if each.version and (found := self._find(f"origin/{each.version}", each.version)):
                return generation, found
        raise UnknownRevisionError(
            f"The version this copy was made from ({shortened(origin.version)}) is not in"
            f" {self.source}: push it, or pass the path of the clone it was made from"
        )

    def newer_commit(self, revision: str | None) -> str:
        """Return the commit of a tag, branch or hash, by default of the main branch."""
        names = (f"origin/{revision}", revision) if revision else ("origin/HEAD", "HEAD")
        if found := self._find(*names):
            return found
        raise UnknownRevisionError(
            f"{self.source} has no revision {revision or 'HEAD'}: choose another one with --to"
        )

    def name_of(self, commit: str) -> str:
        return git(self._clone, "describe", "--tags", "--always", "--abbrev=40", commit)

    def news(self, old: str, new: str) -> str:
        """Return the entries of the changelog between two commits."""
        shown = [attempt(self._clone, "show", f"{commit}:CHANGELOG.md") for commit in (old, new)]
        return news_between(*(each.stdout for each in shown))

    def render(self, commit: str, parameters: Parameters, inside: Path) -> Path:
        """Run `new-service` of that commit; return a folder, `inside` of which its files are."""
        checkout, target = self.directory / commit, self.directory / f"service-{commit}"
        git(self._clone, "worktree", "add", "--quiet", "--detach", checkout, commit)
        command = [sys.executable, "dev.py", "new-service", str(target / inside), "--bare"]
        command += ["--name", parameters.name, "--port", str(parameters.port)]
        command += ["--without-example"] if parameters.without_example else []
        done = subprocess.run(  # noqa: S603 - code of a template that the user trusts
            command, cwd=checkout, capture_output=True, encoding="utf-8", check=False
        )
        if done.returncode:
            raise GitError(
                f"The template's version {shortened(commit)} failed:\n{done.stderr.strip()}"
            )
        return target

    def _find(self, *names: str) -> str | None:
        for name in names:
            found = attempt(self._clone, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
            if found.returncode == 0:
                return found.stdout.strip()
        return None

    @property
    def _clone(self) -> Path:
        return self.directory / "template"


def fetch_template(source: str, directory: Path) -> Template:
    cloned = attempt(directory, "clone", "--quiet", "--no-checkout", source, "template")
    if cloned.returncode:
        reason = cloned.stderr.strip().splitlines()[-1].removeprefix("fatal: ")
        raise GitError(
            f"The template cannot be read ({reason}). If it has moved, name its new place:"
            " python3 dev.py update-template PATH-OR-URL"
        )
    return Template(source, directory)
