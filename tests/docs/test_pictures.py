"""Pictures in the documents show what there is to see."""

import re
from html import unescape

from devtools.banner import banner
from devtools.documents.generated import ROOT


def test_the_picture_of_dev_py_run_shows_what_it_prints() -> None:
    picture = (ROOT / "docs/images/dev-run.svg").read_text()
    shown = unescape("".join(re.findall(r"<text[^>]*>([^<]*)", picture))).replace("\xa0", " ")

    # Tokens differ each time, and further domains would each add their own requests.
    printed = banner("http://127.0.0.1:8000", None).splitlines()
    constant = [line for line in printed if "/api/" not in line and "_TOKEN" not in line]

    assert len(constant) > 5
    assert [line for line in constant if line not in shown] == []
