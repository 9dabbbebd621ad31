"""A RabbitMQ user with chosen rights."""

from uuid import uuid4

from devtools.ports import LOOPBACK
from devtools.rabbitmq import PrivateRabbitMQ

PASSWORD = "a-password-of-the-user"
NONE, ALL = "^$", ".*"
WITHOUT_WRITE = "no right to write to the default exchange"


class LimitedUser:
    """A user of the broker with chosen rights."""

    def __init__(self, server: PrivateRabbitMQ) -> None:
        self._server = server
        self.name = f"user-{uuid4().hex[:8]}"
        self.url = f"amqp://{self.name}:{PASSWORD}@{LOOPBACK}:{server.port}/"
        server.run_rabbitmqctl("add_user", self.name, PASSWORD)

    def allow(self, *, configure: str = ALL, write: str = ALL, read: str = ALL) -> None:
        self._server.run_rabbitmqctl("set_permissions", self.name, configure, write, read)

    def delete(self) -> None:
        self._server.run_rabbitmqctl("delete_user", self.name)
