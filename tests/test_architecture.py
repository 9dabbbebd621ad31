"""The rules of ARCHITECTURE.md hold: layers, files, settings."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

from app.config.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "app"
MAX_LINES = 220
# Additional lines allowed in a file of a domain for each field after the tenth.
LINES_PER_FIELD = 10

DOMAIN_FILES = {
    "api/v1/{plural}/{singular}_endpoints.py",
    "api/v1/{plural}/{singular}_dependencies.py",
    "schemas/{plural}/{singular}_schemas.py",
    "services/{plural}/{singular}_service.py",
    "repositories/{plural}/{singular}_repository.py",
    "repositories/{plural}/cached_{singular}_repository.py",
    "repositories/{plural}/postgres_{singular}_repository.py",
    "models/{plural}/{singular}.py",
    "models/{plural}/{singular}_events.py",
    "exceptions/{plural}/{singular}_exceptions.py",
}
# Only in a domain that handles messages of other services.
HANDLERS_FILE = "api/v1/{plural}/{singular}_handlers.py"

EXPECTED_SETTINGS = {
    *("APP_NAME", "APP_VERSION", "APP_DESCRIPTION", "APP_CONTACT", "APP_ENV"),
    *("SERVICE_NAME", "DOCS_ENABLED"),
    *("DATABASE_URL", "DATABASE_POOL_SIZE", "DATABASE_POOL_MIN_SIZE"),
    *("DATABASE_POOLING", "MIGRATE_DATABASE_URL"),
    *("JWT_SECRET_KEY", "JWT_ALGORITHM", "JWT_ISSUER", "JWT_AUDIENCE", "AUTH_SERVICE_URL"),
    *("JWT_JWKS_URL", "JWT_LIBRARY", "AUTH_RECHECK_WRITES"),
    *("AUTH_INTROSPECTION_URL", "AUTH_CLIENT_ID", "AUTH_CLIENT_SECRET"),
    *("AUTH_CACHE_TTL_SECONDS", "ENCRYPTION_KEYS", "PUBLIC_READS"),
    *("EXTERNAL_API_TIMEOUT", "EXTERNAL_API_MAX_RETRIES"),
    *("REDIS_URL", "CACHE_TTL_SECONDS"),
    *("RABBITMQ_URL", "MESSAGE_QUEUE_TYPE", "EVENT_SUBSCRIBERS", "MESSAGE_SENDERS"),
    *("RATE_LIMIT_PER_MINUTE", "TRUSTED_PROXIES", "CORS_ORIGINS"),
    *("METRICS_PORT", "METRICS_HOST"),
    *("LOG_LEVEL", "AUDIT_LOG_FILE", "ERROR_LOG_FILE", "AUDIT_RETENTION_DAYS"),
    "MESSAGE_RETENTION_DAYS",
    *("SLOW_REQUEST_MS", "SLOW_STATEMENT_MS"),
    "SENTRY_DSN",
    *("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
    *("OTEL_SERVICE_NAME", "TRACE_SAMPLE_RATIO"),
    *("MAX_BODY_BYTES", "REQUEST_TIMEOUT_SECONDS", "SHUTDOWN_GRACE_SECONDS"),
}


# Their length is that of their rows: imports, and the fields of each row.
TABLES_OF_DOMAINS = {APP / "commands" / "export_targets.py"}
LINES_PER_ROW = 12


def _sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


# Layers and files


def test_layers_import_only_lower_layers() -> None:
    # A separate process, because lint-imports reconfigures logging.
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(  # noqa: S603 - our own arguments
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_package_files_are_empty_except_for_public_import_paths() -> None:
    filled = {path for path in APP.rglob("__init__.py") if path.read_text().strip()}

    assert filled == {
        APP / "__init__.py",
        APP / "infrastructure" / "http_protocol" / "__init__.py",
        APP / "infrastructure" / "messaging" / "__init__.py",
    }


def test_no_file_exceeds_the_line_limit() -> None:
    folders = (APP, ROOT / "devtools", ROOT / "tests", ROOT / "migrations")
    lengths = {
        path: len(path.read_text().splitlines()) for folder in folders for path in _sources(folder)
    }
    limits = {path: MAX_LINES + _lines_for_fields(path) for path in lengths}

    long = {path: lines for path, lines in lengths.items() if lines > limits[path]}
    assert long == {}, "split each by what it is about"


def _lines_for_fields(path: Path) -> int:
    """Return the additional lines allowed for a domain with many fields, or a table of domains."""
    if path in TABLES_OF_DOMAINS:
        return LINES_PER_ROW * len(_domains())
    plurals = [plural for plural in _domains() if plural in path.parts or path.stem[5:] == plural]
    if not plurals:
        return 0
    models = "".join(model.read_text() for model in (APP / "models" / plurals[0]).glob("*.py"))
    new = models.partition("class New")[2].partition("\nclass ")[0]
    fields = re.findall(r"^    [a-z]\w*: ", new, re.MULTILINE)
    return LINES_PER_FIELD * max(0, len(fields) - 10)


def test_every_domain_has_the_same_files() -> None:
    for plural in _domains():
        found = {
            str(path.relative_to(APP))
            for path in _sources(APP)
            if path.parent.name == plural and path.name != "__init__.py"
        }
        singular = _singular(found, plural)
        expected = {file.format(plural=plural, singular=singular) for file in DOMAIN_FILES}
        missing = sorted(expected - found)
        assert not missing, (
            f"app/{missing[0]} is missing: every domain has this file; what app/dependencies.py "
            f"has for {plural} belongs into its own {singular}_dependencies.py"
        )
        assert found - {HANDLERS_FILE.format(plural=plural, singular=singular)} == expected


@cache
def _domains() -> list[str]:
    return sorted(path.parent.name for path in (APP / "api" / "v1").glob("*/*_endpoints.py"))


def _singular(files: set[str], plural: str) -> str:
    names = [re.fullmatch(rf"api/v1/{plural}/(\w+)_endpoints\.py", file) for file in files]
    (name,) = filter(None, names)
    return name[1]


def test_the_app_never_imports_the_development_tools_or_tests() -> None:
    strangers = re.compile(r"^\s*(from|import) (devtools|tests)\b", re.MULTILINE)

    assert [path for path in _sources(APP) if strangers.search(path.read_text())] == []


def test_only_the_tests_of_a_domain_import_it() -> None:
    """Those of another domain may import its factories, because it may refer to it."""
    modules = {path: _imported_modules(path) for path in _sources(ROOT / "tests")}
    folders = [ROOT / "tests" / plural for plural in _domains()]
    for plural in _domains():
        own = re.compile(rf"(app(\.\w+)+|tests)\.{plural}\b")
        others = {path for path in modules if not path.is_relative_to(ROOT / "tests" / plural)}
        for path in others:
            if any(map(path.is_relative_to, folders)):
                modules[path] = [each for each in modules[path] if each != f"tests.{plural}"]

        assert [path for path in others if any(map(own.match, modules[path]))] == []


def _imported_modules(path: Path) -> list[str]:
    """Return the modules that the code imports; those in its texts do not count."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]


def test_importing_the_app_opens_nothing(tmp_path: Path) -> None:
    program = (
        "import sys, os, threading\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "sys.addaudithook(lambda event, _: event.startswith('socket.conn') and os._exit(3))\n"
        "import app.main\n"
        "sys.exit(threading.active_count() - 1)"
    )

    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", program], cwd=tmp_path, env={}, capture_output=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert list(tmp_path.iterdir()) == []


# Settings


def test_the_settings_are_exactly_the_documented_ones() -> None:
    assert {name.upper() for name in Settings.model_fields} == EXPECTED_SETTINGS


def test_the_example_env_file_lists_exactly_the_settings() -> None:
    example = (ROOT / ".env.example").read_text()

    names = re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=", example, re.MULTILINE)

    assert sorted(names) == sorted(name.upper() for name in Settings.model_fields)
