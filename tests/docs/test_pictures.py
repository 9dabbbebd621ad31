"""Pictures in the documents match the output of the commands."""

import re
from html import unescape

from devtools.banner import render_banner
from devtools.documents.generated import ROOT
from devtools.private_broker import READY


def test_the_picture_of_dev_py_run_matches_its_output() -> None:
    picture = (ROOT / "docs/images/dev-run.svg").read_text()
    shown = unescape("".join(re.findall(r"<text[^>]*>([^<]*)", picture))).replace("\xa0", " ")

    # Tokens differ in each run, and further domains would add requests.
    banner = render_banner("http://127.0.0.1:8000", None, pages=[], broker=READY, notes=[])
    printed = banner.splitlines()
    constant = [line for line in printed if "/api/" not in line and "_TOKEN" not in line]

    assert len(constant) > 5
    assert [line for line in constant if line not in shown] == []
