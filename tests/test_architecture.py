"""The rules of the house, held by tests; ARCHITECTURE.md explains them."""

import re
import subprocess
import sys
from pathlib import Path

from app.config.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "app"
MAX_LINES = 220

DOMAIN_FILES = {
    "api/v1/{plural}/{singular}_endpoints.py",
    "schemas/{plural}/{singular}_schemas.py",
    "services/{plural}/{singular}_service.py",
    "repositories/{plural}/{singular}_repository.py",
    "repositories/{plural}/cached_{singular}_repository.py",
    "repositories/{plural}/postgres_{singular}_repository.py",
    "models/{plural}/{singular}.py",
    "models/{plural}/{singular}_events.py",
    "exceptions/{plural}/{singular}_exceptions.py",
}
# Only for a domain that acts upon messages of other services.
HANDLERS_FILE = "api/v1/{plural}/{singular}_handlers.py"

CONTRACT_SETTINGS = {
    *("APP_NAME", "APP_VERSION", "APP_DESCRIPTION", "APP_ENV", "SERVICE_NAME", "DOCS_ENABLED"),
    *("DATABASE_URL", "DATABASE_POOL_SIZE", "DATABASE_POOL_MIN_SIZE"),
    *("JWT_SECRET_KEY", "JWT_ALGORITHM", "JWT_ISSUER", "JWT_AUDIENCE", "AUTH_SERVICE_URL"),
    *("AUTH_CACHE_TTL_SECONDS", "ENCRYPTION_KEYS", "PUBLIC_READS"),
    *("EXTERNAL_API_TIMEOUT", "EXTERNAL_API_MAX_RETRIES"),
    *("REDIS_URL", "CACHE_TTL_SECONDS"),
    *("RABBITMQ_URL", "EVENT_SUBSCRIBERS"),
    *("RATE_LIMIT_PER_MINUTE", "TRUSTED_PROXIES", "CORS_ORIGINS"),
    *("LOG_LEVEL", "AUDIT_LOG_FILE", "ERROR_LOG_FILE"),
    *("MAX_BODY_BYTES", "REQUEST_TIMEOUT_SECONDS", "SHUTDOWN_GRACE_SECONDS"),
}


def _sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


# layers and files


def test_the_layers_import_only_downwards() -> None:
    # A process of its own: it sets up logging, and so would silence the loggers of this one.
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(  # noqa: S603 - our own arguments
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_packages_are_empty_but_for_the_import_paths_of_the_contract() -> None:
    filled = {path for path in APP.rglob("__init__.py") if path.read_text().strip()}

    assert filled == {
        APP / "__init__.py",
        APP / "infrastructure" / "messaging" / "__init__.py",
    }


def test_no_file_is_long() -> None:
    folders = (APP, ROOT / "devtools", ROOT / "tests", ROOT / "migrations")
    lengths = {
        path: len(path.read_text().splitlines()) for folder in folders for path in _sources(folder)
    }

    assert {path: length for path, length in lengths.items() if length > MAX_LINES} == {}


def test_every_domain_has_the_files_of_every_other() -> None:
    domains = [path.name for path in (APP / "api" / "v1").iterdir() if path.is_dir()]
    domains.remove("__pycache__") if "__pycache__" in domains else None
    assert "products" in domains
    for plural in domains:
        found = {
            str(path.relative_to(APP))
            for path in _sources(APP)
            if path.parent.name == plural and path.name != "__init__.py"
        }
        singular = _singular(found, plural)
        expected = {file.format(plural=plural, singular=singular) for file in DOMAIN_FILES}
        assert found - {HANDLERS_FILE.format(plural=plural, singular=singular)} == expected


def _singular(files: set[str], plural: str) -> str:
    names = [re.fullmatch(rf"api/v1/{plural}/(\w+)_endpoints\.py", file) for file in files]
    (name,) = filter(None, names)
    return name[1]


def test_the_app_never_imports_the_development_tools_or_tests() -> None:
    strangers = re.compile(r"^\s*(from|import) (devtools|tests)\b", re.MULTILINE)

    assert [path for path in _sources(APP) if strangers.search(path.read_text())] == []


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


# settings


def test_the_settings_are_those_of_the_contract() -> None:
    assert {name.upper() for name in Settings.model_fields} == CONTRACT_SETTINGS


def test_the_example_lists_every_setting_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text()

    names = re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=", example, re.MULTILINE)

    assert sorted(names) == sorted(name.upper() for name in Settings.model_fields)
