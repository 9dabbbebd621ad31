"""Names, version and port of a service; a copy replaces them. Standard library only."""

import re
from dataclasses import dataclass

import app
from devtools.domain.refusal import RefusedError

MAX_SLUG = 63
# Databases that every PostgreSQL server has.
RESERVED_DATABASES = {"postgres", "template0", "template1"}
FIRST_VERSION = "0.1.0"
_TITLE = re.compile(r"[A-Za-z][A-Za-z0-9-]*( [A-Za-z0-9-]+)*")
# One word that code, documents or folders use, or that is too short to be distinctive.
_COMMON_WORD = (
    r"\w{1,3}|apps?|tests?|docs?|logs?|main|code|data|demo|example|service|services|server|api|"
    r"template|python|python3|devtools|migrations|health|orders?|products?|widgets?|users?|admin"
)
_VERSION = (
    r"(?:__version__ = |^version = |APP_VERSION=|`APP_VERSION` \| `|^    \"version\": |"
    r"^ARG VERSION=|\bnewTag: )"
)
_PORT = (
    r"((?:127\.0\.0\.1|localhost):|--port(?:[ =]|\", \")|^EXPOSE |\b(?:containerPort|target): |"
    r"\bpublished: \")"
)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Title, version, description and port of a service; other names derive from the title."""

    title: str
    version: str
    description: str
    port: int

    @property
    def slug(self) -> str:
        """Derived from the title as `app/__init__.py` does it."""
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
    """Return the identity of a new service; raise RefusedError for an invalid or reserved title."""
    identity = Identity(
        title=title,
        version=FIRST_VERSION,
        description=f"{title}: a layered, asynchronous REST microservice.",
        port=port,
    )
    if not _TITLE.fullmatch(title):
        raise RefusedError(
            f"{title!r} is not a valid name: use words of letters and digits, a letter first"
        )
    if len(identity.slug) > MAX_SLUG:
        raise RefusedError(f"{title!r} is too long: at most {MAX_SLUG} characters")
    if identity.slug in RESERVED_DATABASES | {TEMPLATE.slug}:
        raise RefusedError(f"{title!r} is reserved: choose another name")
    return identity


def require_distinctive(identity: Identity) -> None:
    """Raise RefusedError if a copy of the copy could not tell the name from other words."""
    if re.fullmatch(_COMMON_WORD, identity.slug):
        raise RefusedError(
            f"{identity.title!r} is a common word, which a copy of this copy would replace in all "
            f"texts: use a name such as {identity.title + ' Service'!r}"
        )


def renamed(text: str, new: Identity, old: Identity = TEMPLATE) -> str:
    """Replace the names, port and version of `old` by those of `new`."""
    for before, after in (
        (old.description, new.description),
        (old.title, new.title),
        (old.slug, new.slug),
        (f"queue_{old.slug}", f"queue_{new.slug}"),
        (old.database, new.database),
    ):
        # Whole words only: a name may be part of another word.
        text = _substitute(before, rf"(?<!\w){re.escape(before)}(?!\w)", _literal(after), text)
    port = str(old.port)
    text = _substitute(port, rf"{_PORT}{port}\b", rf"\g<1>{new.port}", text)
    text = _substitute(port, rf"(__port__ = ){port}\b", rf"\g<1>{new.port}", text)
    version = rf'({_VERSION}"?){re.escape(old.version)}'
    return _substitute(old.version, version, rf"\g<1>{new.version}", text)


def _substitute(contained: str, pattern: str, replacement: str, text: str) -> str:
    """Apply a pattern that matches only texts with the given part, as few have it."""
    if contained not in text:
        return text
    return re.sub(pattern, replacement, text, flags=re.MULTILINE)


def _literal(replacement: str) -> str:
    return replacement.replace("\\", r"\\")
