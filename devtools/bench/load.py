"""Start the load generator process and send jobs to it."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from signal import SIGTERM
from types import TracebackType
from typing import Self

from devtools.bench.jobs import Job, Outcome
from devtools.processes import ServerError, die_with_parent, stop, tail

ROOT = Path(__file__).resolve().parents[2]


class LoadGenerator:
    """Child process that sends the requests, so that sending uses no CPU of this process."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                die_with_parent([sys.executable, "-m", "devtools.bench.generator"]),
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stop(self._process, by=SIGTERM, seconds=5)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def run(self, job: Job) -> Outcome:
        """Run one job. Raise ServerError if the server failed or returned unexpected statuses."""
        assert self._process.stdin is not None  # noqa: S101 - PIPE
        assert self._process.stdout is not None  # noqa: S101 - PIPE
        self._process.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise ServerError(f"the load generator failed:\n{tail(self._log)}")
        outcome = Outcome(**json.loads(line))
        if outcome.unexpected_statuses:
            raise ServerError(
                f"{job.method} {job.path}: unexpected statuses {outcome.unexpected_statuses}"
            )
        return outcome
