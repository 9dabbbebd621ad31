"""Messages name the RabbitMQ user of the service, which the broker checks."""

from devtools.rabbitmq import PrivateRabbitMQ
from devtools.rabbitmq_directory import USER
from tests.support.outbox_sender import OpenSender
from tests.support.queue_reader import receive


async def test_a_published_message_names_its_user(
    open_sender: OpenSender, rabbitmq: PrivateRabbitMQ, queue: str
) -> None:
    async with open_sender() as sender:
        await sender.insert(queue=queue)
        (message,) = await receive(rabbitmq.url, queue, count=1)

    assert message.user_id == USER
