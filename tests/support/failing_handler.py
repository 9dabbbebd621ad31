"""A message handler that fails a given number of times."""

from app.infrastructure.messaging.consumer.incoming_message import IncomingMessage


class FailingHandler:
    """Raises the error in its first `times` calls. Afterwards it records each message's name."""

    def __init__(self, times: int, error: Exception) -> None:
        self.names: list[object] = []
        self.tries = 0
        self._times = times
        self._error = error

    async def __call__(self, message: IncomingMessage) -> None:
        self.tries += 1
        if self.tries <= self._times:
            raise self._error
        self.names.append(message.payload["name"])

    async def has_handled(self) -> bool:
        return self.names == ["late"]
