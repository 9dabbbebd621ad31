"""`app.main:app` and `python -m app` beside a private RabbitMQ that may still be starting."""

from app import main as service
from devtools.private_broker import hide_outage_until_connected

hide_outage_until_connected()

if __name__ == "__main__":
    from app.cli import main

    main()


def __getattr__(name: str) -> object:
    """Return `app`, which the module of the service creates on first access."""
    return getattr(service, name)
