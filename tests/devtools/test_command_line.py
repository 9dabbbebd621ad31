"""The command line of `dev.py`."""

import subprocess
import sys

from tests.support.copied_services import ROOT, run_dev


def test_without_a_command_the_help_is_printed() -> None:
    shown = run_dev(ROOT)

    assert (shown.status, shown.output) == (2, "")
    assert "new-domain" in shown.errors
    assert "start the service" in shown.errors


def test_the_help_of_new_domain_names_the_types() -> None:
    text = " ".join(run_dev(ROOT, "new-domain", "--help").output.split())

    assert "str(LENGTH), text, email, url, int, bigint, decimal(DIGITS,DECIMALS)" in text


def test_commands_start_without_the_libraries_of_new_domain() -> None:
    code = "import sys, devtools.__main__; sys.exit('alembic' in sys.modules)"

    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)  # noqa: S603 - ours
