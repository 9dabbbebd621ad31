"""A template's repository and its versions as services. Standard library only."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from devtools.copying.git import GitError, attempt, git
from devtools.copying.record import Parameters


class UnknownRevisionError(Exception):
    pass


@dataclass(frozen=True)
class Template:
    source: str
    directory: Path

    def commit(self, revision: str | None) -> str:
        """Give the commit of a tag, branch or hash; by default the newest."""
        for name in (f"origin/{revision}", revision) if revision else ("origin/HEAD", "HEAD"):
            found = attempt(self._clone, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
            if found.returncode == 0:
                return found.stdout.strip()
        raise UnknownRevisionError(
            f"{self.source} has no revision {revision}: name another source, or another with --to"
        )

    def name_of(self, commit: str) -> str:
        return git(self._clone, "describe", "--tags", "--always", "--abbrev=40", commit)

    def render(self, commit: str, parameters: Parameters) -> Path:
        """Have that version itself write the files of the service."""
        checkout, target = self.directory / commit, self.directory / f"service-{commit}"
        git(self._clone, "worktree", "add", "--quiet", "--detach", checkout, commit)
        command = [sys.executable, "dev.py", "new-service", str(target), "--bare"]
        command += ["--name", parameters.name, "--port", str(parameters.port)]
        command += ["--without-example"] if parameters.without_example else []
        done = subprocess.run(  # noqa: S603 - of the template that the user trusts
            command, cwd=checkout, capture_output=True, encoding="utf-8", check=False
        )
        if done.returncode:
            raise GitError(f"The template's version {commit} failed:\n{done.stderr.strip()}")
        return target

    @property
    def _clone(self) -> Path:
        return self.directory / "template"


def fetch_template(source: str, directory: Path) -> Template:
    template = Template(source, directory)
    git(directory, "clone", "--quiet", "--no-checkout", source, "template")
    return template
