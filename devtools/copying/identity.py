"""Who a service is, and a copy under another name. Standard library only."""

import re
from dataclasses import dataclass

import app

MAX_SLUG = 63
# Databases that every PostgreSQL server has.
RESERVED = {"postgres", "template0", "template1"}
FIRST_VERSION = "0.1.0"
_TITLE = re.compile(r"[A-Za-z][A-Za-z0-9-]*( [A-Za-z0-9-]+)*")
_VERSION = r"(?:__version__ = |^version = |APP_VERSION=|`APP_VERSION` \| `|^    \"version\": )"
_HOST = r"((?:127\.0\.0\.1|localhost):|--port[ =])"


class NameRefusedError(Exception):
    """The name cannot be a service's; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    title: str
    version: str
    description: str
    port: int

    @property
    def slug(self) -> str:
        """As `app/__init__.py` makes it from the title."""
        return "-".join(re.findall("[a-z0-9]+", self.title.lower()))

    @property
    def database(self) -> str:
        return self.slug.replace("-", "_")


TEMPLATE = Identity(
    title=app.__title__,
    version=app.__version__,
    description=app.__description__,
    port=app.__port__,
)


def new_identity(title: str, port: int) -> Identity:
    """Raise NameRefusedError if a service cannot be called so."""
    identity = Identity(
        title=title,
        version=FIRST_VERSION,
        description=f"{title}: a layered, asynchronous REST microservice.",
        port=port,
    )
    if not _TITLE.fullmatch(title):
        raise NameRefusedError(
            f"{title!r} is no name: words of letters and digits, the first one a letter"
        )
    if len(identity.slug) > MAX_SLUG:
        raise NameRefusedError(f"{title!r} is too long: at most {MAX_SLUG} characters")
    if identity.slug in RESERVED | {TEMPLATE.slug}:
        raise NameRefusedError(f"{title!r} is taken: choose another name")
    return identity


def renamed(text: str, new: Identity, old: Identity = TEMPLATE) -> str:
    """Put the new name wherever the old one stands."""
    for before, after in (
        (old.description, new.description),
        (old.title, new.title),
        (old.slug, new.slug),
        (old.database, new.database),
    ):
        text = text.replace(before, after)
    text = re.sub(rf"{_HOST}{old.port}\b", rf"\g<1>{new.port}", text)
    text = re.sub(rf"(__port__ = ){old.port}\b", rf"\g<1>{new.port}", text)
    version = rf'({_VERSION}"?){re.escape(old.version)}'
    return re.sub(version, rf"\g<1>{new.version}", text, flags=re.MULTILINE)
