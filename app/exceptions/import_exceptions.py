from app.exceptions.base import InvalidRequestError, ServiceError


class ImportFileError(InvalidRequestError):
    """The file as a whole cannot be imported, and nothing of it has been."""

    code = "import_file_refused"

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")


class RejectedFileError(ServiceError):
    """The rejected rows cannot be written down, so nothing has been imported."""

    code = "rejected_file_refused"

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: rejected rows cannot be written: {reason}")
