"""`dev.py run` says in one line which configured server cannot be used, and where it is set."""

import shutil
import signal
from pathlib import Path

import pytest

from devtools.configuration import find_origin
from devtools.ports import free_port
from tests.support.dev_clone import DevClone, make_clone

CONFIGURED = "postgresql://me:hidden@127.0.0.1:1/db"


@pytest.fixture
def clone(tmp_path: Path) -> DevClone:
    return make_clone(tmp_path / "clone")


def test_an_unedited_env_file_is_one_line_that_names_its_line(clone: DevClone) -> None:
    example = clone.folder / ".env.example"
    # Another server may use the port of the example.
    text = example.read_text().replace("localhost:5432", f"localhost:{free_port()}")
    (clone.folder / ".env").write_text(text)
    lines = text.splitlines()
    number = next(n for n, line in enumerate(lines, 1) if line.startswith("DATABASE_URL"))

    shown = clone.dev("run")

    (line,) = shown.stderr.splitlines()
    assert shown.returncode == 1
    assert f"is not reachable (DATABASE_URL, .env line {number}); start it, or remove" in line
    assert "change-me" not in line


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (CONFIGURED, "PostgreSQL at 127.0.0.1:1 is not reachable"),
        (
            CONFIGURED.replace("127.0.0.1:1", "[::1]:1,nosuch.invalid"),
            "[::1]:1, nosuch.invalid:5432 is not",
        ),
        ("mysql://me:hidden@h/db", "must be a URL that starts with postgresql://"),
    ],
)
def test_an_unusable_database_in_the_environment_is_one_line(
    clone: DevClone, url: str, reason: str
) -> None:
    shown = clone.dev("run", environment={"DATABASE_URL": url})

    (line,) = shown.stderr.splitlines()
    assert shown.returncode == 1
    assert reason in line
    assert "DATABASE_URL, the environment" in line
    assert "hidden" not in line


def test_optional_servers_that_are_unavailable_are_notes_of_the_banner(clone: DevClone) -> None:
    (clone.folder / ".env").write_text(
        "REDIS_URL=redis://:hidden@127.0.0.1:1/0\n"
        "RABBITMQ_URL=amqp://me:hidden@127.0.0.1:2/\n"
        "AUTH_SERVICE_URL=http://127.0.0.1:3/api/v1/auth\n"
        f"JWT_SECRET_KEY={'k' * 32}\n"
    )

    with clone.run() as started:
        banner = started.output.partition("\nReady.")[2]
        assert started.stop(signal.SIGTERM) == 0

    for note in (
        "Redis at 127.0.0.1:1 is not reachable (REDIS_URL, .env line 1)",
        "RabbitMQ at 127.0.0.1:2 is not reachable (RABBITMQ_URL, .env line 2)",
        "auth service at 127.0.0.1:3 is not reachable (AUTH_SERVICE_URL, .env line 3)",
    ):
        assert f"\nNote: {note}\n" in banner
    # A configured broker that does not respond is an error.
    assert "RabbitMQ is unavailable" in started.output
    assert "hidden" not in started.output


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("A=1\n# DATABASE_URL=x\nDATABASE_URL=y\n", "line 3"),
        ("DATABASE_URL=x\nexport database_url = 'y'\n", "line 2"),
        ("DATABASE_URL=x\nDATABASE_URL=\n", "line 1"),
    ],
)
def test_the_line_that_counts_is_named(
    text: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / ".env").write_text(text)

    assert find_origin("DATABASE_URL", tmp_path / ".env").endswith(place)


def test_a_setting_that_is_no_number_is_one_line(clone: DevClone) -> None:
    shown = clone.dev("run", environment={"SHUTDOWN_GRACE_SECONDS": "soon"})

    assert shown.returncode == 1
    assert shown.stderr == "SHUTDOWN_GRACE_SECONDS, the environment: must be a number\n"


def test_rabbitmq_that_does_not_start_is_reported_and_the_service_runs(
    clone: DevClone, tmp_path: Path
) -> None:
    broken = tmp_path / "bin" / "rabbitmq-server"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho no memory left; exit 3\n")
    broken.chmod(0o755)
    _use_program(clone, broken)

    with clone.run() as started:
        started.wait_for("RabbitMQ exited with status 3: messages wait in the outbox")
        started.wait_for("no memory left")
        assert started.stop(signal.SIGTERM) == 0


def test_a_missing_rabbitmq_is_one_line_of_the_banner(clone: DevClone) -> None:
    _use_program(clone, clone.folder / "nosuch")

    with clone.run() as started:
        assert "  RabbitMQ  not installed (" in started.output
        assert started.stop(signal.SIGTERM) == 0

    assert "unavailable" not in started.output
    assert "ERROR" not in started.output


def _use_program(clone: DevClone, program: Path) -> None:
    """Let `dev.py` of the clone find this program as RabbitMQ, or none."""
    module = clone.folder / "devtools" / "rabbitmq.py"
    text = module.read_text()
    found = "unwrapped = DEBIAN_PROGRAMS / name\n"
    assert found in text
    chosen = f"return Path({str(program)!r}) if Path({str(program)!r}).exists() else None\n"
    module.write_text(text.replace(found, chosen))
    shutil.rmtree(module.parent / "__pycache__", ignore_errors=True)
