"""No file of the repository holds a secret of a known form."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from devtools.copying.template_files import tracked_files

ROOT = Path(__file__).resolve().parents[1]

FORMS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}",
    "AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50,})",
    "GitLab token": r"\bglpat-[A-Za-z0-9_-]{20}",
    "Google API key": r"\bAIza[0-9A-Za-z_-]{35}",
    "Slack token": r"\bxox[abeoprs]-[0-9A-Za-z-]{20,}",
    "Stripe key": r"\b[rs]k_live_[0-9A-Za-z]{20,}",
    "PyPI token": r"\bpypi-[A-Za-z0-9_-]{50,}",
    "npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "signed token": r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{30,}",
}
_URL = re.compile(r"\b[a-z][a-z0-9+]*://[^\s/@:\"'`<>{}$]+:[^\s/@\"'`<>{}$]+@[^\s\"'`<>]+")


def find_secrets(text: str) -> Iterator[str]:
    """Yield the kind of each secret, and the hosts of URLs with a password that looks random."""
    for kind, form in FORMS.items():
        if re.search(form, text):
            yield kind
    for url in _URL.findall(text):
        if _looks_random(url):
            yield f"password in a URL of {urlsplit(url).scheme}"


def _looks_random(url: str) -> bool:
    """Return whether the password is long, and has letters and digits mixed."""
    password = url.split("://", 1)[1].split("@", 1)[0].partition(":")[2]
    return len(password) >= 16 and bool(re.search(r"[a-z].*\d|\d.*[a-z]", password, re.IGNORECASE))


def test_no_file_holds_a_secret() -> None:
    found = {}
    for name in tracked_files(ROOT):
        path = ROOT / name
        if path.is_file() and (secrets := list(find_secrets(path.read_text("utf-8", "ignore")))):
            found[str(name)] = secrets

    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "AK" + "IA" + "Q3EGRTEZXCVBNM12",
        "gh" + "p_" + "a1B2" * 9,
        "-----BEGIN " + "PRIVATE KEY-----\n" + "MIIE" * 12,
        "postgres" + "://me:" + "s8Fk29xLq0aZ7Wn4" + "@db.example/orders",
    ],
    ids=["AWS", "GitHub", "private key", "URL"],
)
def test_secrets_are_found(text: str) -> None:
    assert len(list(find_secrets(f"before {text} after"))) == 1
