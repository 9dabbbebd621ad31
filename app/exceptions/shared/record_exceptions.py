from app.exceptions.base import PreconditionFailedError


class StaleVersionError(PreconditionFailedError):
    code = "stale_version"

    def __init__(self, current: int) -> None:
        super().__init__(f"The resource was modified: its current version is {current}")
