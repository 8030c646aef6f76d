"""``on_broker SERVICE FOLDER [PORT]``: a small service that has events as messages.

With a port it is the web process, where comments are written; without one it consumes from the
service's queue. Both publish after their commit: two writes, in two places.
"""

import contextlib
import logging
import os
import signal
import sys
from http import HTTPStatus
from typing import Any

from kombu.mixins import ConsumerMixin

from comparison.delivery.mortal import mortal_place
from comparison.delivery.small.broker import Broker
from comparison.delivery.small.comments import Comments
from comparison.delivery.small.http import Answer, serve
from comparison.delivery.small.letters import read
from comparison.delivery.small.service import Service
from comparison.delivery.small.services import service_of
from comparison.delivery.small.writing import created, write
from config.processes.ready import announce

log = logging.getLogger(__name__)


def serve_comments(comments: Comments, broker: Broker, port: int) -> None:
    """A comment is saved, and then its event is published. Where that fails after some tries, the
    comment is there all the same, and so the answer is that it is."""
    connection = broker.connect()

    def answer(path: str, body: bytes) -> Answer:
        if not (comment := write(comments, path, body)):
            return HTTPStatus.NOT_FOUND, b"{}"
        mortal_place()
        try:
            broker.publish(connection, comment)
        except ConnectionError as error:
            log.warning("nobody will hear of %s: %s", comment.comment_id, error)
        return created(comment)

    serve(port, answer)


class Listener(ConsumerMixin):
    """Handles the messages of the service's queue one after the other. Each is acknowledged when
    its effect is committed and what follows from it is published; else it comes again."""

    def __init__(self, service: Service, broker: Broker) -> None:
        self.service, self.broker = service, broker
        # One connection to hear, another to speak: a confirmation that is waited for on the first
        # would come among the next messages.
        self.connection, self.saying = broker.connect(), broker.connect()
        signal.signal(signal.SIGTERM, self.stop)

    def run(self, _tokens: int = 1, **options: Any) -> None:
        while not self.should_stop:
            # It connects anew, and what was not acknowledged comes again.
            with contextlib.suppress(ConnectionError):
                super().run(_tokens, **options)

    def get_consumers(self, consumer: Any, channel: Any) -> list[Any]:
        queue = self.broker.queue_of(type(self.service))
        return [consumer([queue], callbacks=[self.take], prefetch_count=10)]

    def on_consume_ready(self, *args: Any, **kwargs: Any) -> None:
        announce()

    def take(self, letter: dict[str, str], message: Any) -> None:
        if said := self.service.handle(read(letter)):
            self.broker.publish(self.saying, said)
        mortal_place()
        message.ack()

    def stop(self, *_: Any) -> None:
        self.should_stop = True


def main(service: Service, broker: Broker, *ports: str) -> None:
    if isinstance(service, Comments) and ports:
        serve_comments(service, broker, int(ports[0]))
    else:
        Listener(service, broker).run()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    main(service_of(*sys.argv[1:3]), Broker.of(os.environ), *sys.argv[3:])
