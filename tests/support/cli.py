"""The command line of the service with the test domain: `python -m tests.support.cli`."""

from app.cli import main
from tests.support.service import DOMAINS

if __name__ == "__main__":
    main(DOMAINS)
