"""Base class of the private servers."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class PrivateServer(ABC):
    """Server for one developer or test run. As a context manager, it runs within the block."""

    @abstractmethod
    def start(self) -> object:
        """Start the server and wait until it is ready."""

    @abstractmethod
    def stop(self) -> object:
        """Stop the server and wait until it has exited."""

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
