from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class PrivateServer(ABC):
    """A server that somebody starts for himself; as a context manager it runs meanwhile."""

    @abstractmethod
    def start(self) -> object:
        """Return when it answers."""

    @abstractmethod
    def stop(self) -> object:
        """Return when it has ended."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
