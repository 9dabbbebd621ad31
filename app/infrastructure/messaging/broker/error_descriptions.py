"""Say in plain words why RabbitMQ failed, and what to do, without credentials."""

import socket
import ssl

from aio_pika.exceptions import AMQPError, AuthenticationError, ProbableAuthenticationError
from aiormq.exceptions import (
    ChannelAccessRefused,
    ChannelInvalidStateError,
    ChannelPreconditionFailed,
    ProtocolSyntaxError,
)
from pamqp.exceptions import PAMQPException

from app.infrastructure.messaging.broker.broker_connection import BrokerUnavailableError
from app.infrastructure.messaging.broker.missing_rights import MissingRightError

UNAVAILABLE = "RabbitMQ is not available"
CORRECT = "correct RABBITMQ_URL"

# The first type that fits counts, so subclasses come before their bases.
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (AuthenticationError, f"it refuses the user or the password; {CORRECT}"),
    (ProbableAuthenticationError, f"it refuses the user or the password; {CORRECT}"),
    (ssl.SSLError, f"TLS fails; check the certificates, or {CORRECT}"),
    (socket.gaierror, f"its host name is not known; {CORRECT}"),
    (ConnectionRefusedError, f"nothing listens at its address; start it, or {CORRECT}"),
    (TimeoutError, f"it does not respond; check the server and the network, or {CORRECT}"),
    # The client library cannot parse the refusal of an unknown virtual host.
    (ProtocolSyntaxError, "it ends the connection; check the virtual host in RABBITMQ_URL"),
)


def describe_broker_error(error: BaseException) -> str | None:
    """Return one sentence; None for an error that is not the broker's, which is a defect."""
    if isinstance(error, BrokerUnavailableError):
        return _sentence(error.__cause__ or error)
    if isinstance(error, MissingRightError):
        return f"{error.text[:1].upper()}{error.text[1:]}; grant it with rabbitmqctl"
    if isinstance(error, ChannelAccessRefused):
        return f"The RabbitMQ user has too few rights ({error}); grant them with rabbitmqctl"
    if isinstance(error, ChannelPreconditionFailed):
        return f"A queue exists with other arguments ({error}); delete it, or let its owner do so"
    # The client library raises the last one when a connection is lost during a call.
    is_lost = isinstance(error, AMQPError | PAMQPException | ChannelInvalidStateError)
    return _sentence(error) if is_lost else None


def _sentence(error: BaseException) -> str:
    # The client library wraps the error of the socket.
    causes = (error, error.__cause__, *error.args)
    for kind, reason in _REASONS:
        if any(isinstance(cause, kind) for cause in causes):
            return f"{UNAVAILABLE}: {reason}"
    return f"{UNAVAILABLE} ({type(error).__name__}); check the server and RABBITMQ_URL"
