"""The service as a user without root's rights: `uvicorn tests.support.unprivileged_service:app`."""

# Imported late by the service, from a folder that the user perhaps cannot read.
from app.infrastructure.stopping import accepting  # noqa: F401
from tests.support import service
from tests.support.hardened_process import become_unnamed

# Reads the settings in a folder that only root can read.
app = service.create_app(owns_process=True)
become_unnamed()
