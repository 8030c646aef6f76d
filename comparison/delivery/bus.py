"""The bus that stores nothing, as in the article's first version, and small services on it.

``python -m comparison.delivery.bus PORT SUBSCRIBER…`` runs the bus. It responds to a POSTed event
at once, and then POSTs the event to the address of every subscriber, once, whatever the response.

``python -m comparison.delivery.bus SERVICE FOLDER PORT BUS`` runs a service. It POSTs its events to
the bus, once, after its commit. If that fails, the row is saved and the event is lost.
"""

import contextlib
import sys
from http import HTTPStatus
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import msgspec

from comparison.delivery.crash import crash_point
from comparison.delivery.services import (
    REQUEST_TIMEOUT_SECONDS,
    SERVICES,
    Comments,
    Response,
    create_comment,
    created,
    from_message,
    serve,
    to_message,
)
from eventstore.contracts import Contract
from lab.http import NoResponse, request


def run_bus(port: int, subscribers: list[str]) -> None:
    queues: list[SimpleQueue[bytes]] = []
    for subscriber in subscribers:
        queue: SimpleQueue[bytes] = SimpleQueue()
        Thread(target=_deliver, args=(queue, subscriber), daemon=True).start()
        queues.append(queue)

    def respond(path: str, message: bytes) -> Response:
        for queue in queues:
            queue.put(message)
        return HTTPStatus.ACCEPTED, b"{}"

    serve(port, respond)


def _deliver(queue: "SimpleQueue[bytes]", subscriber: str) -> None:
    """In the order of arrival. The queue is in memory only."""
    while True:
        message = queue.get()
        with contextlib.suppress(NoResponse):
            request("POST", f"{subscriber}/events", body=message, timeout=REQUEST_TIMEOUT_SECONDS)


def run_service(name: str, folder: str, port: int, bus: str) -> None:
    service = SERVICES[name](Path(folder))

    def publish(event: Contract) -> None:
        crash_point()
        with contextlib.suppress(NoResponse):
            request("POST", f"{bus}/events", to_message(event), timeout=REQUEST_TIMEOUT_SECONDS)

    def respond(path: str, body: bytes) -> Response:
        if path == "/events":
            event = from_message(msgspec.json.decode(body))
            if isinstance(event, service.subscribes_to) and (result := service.handle(event)):
                publish(result)
            return HTTPStatus.OK, b"{}"
        if isinstance(service, Comments) and (comment := create_comment(service, path, body)):
            publish(comment)
            return created(comment)
        return HTTPStatus.NOT_FOUND, b"{}"

    serve(port, respond)


if __name__ == "__main__":
    if sys.argv[1] in SERVICES:
        run_service(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        run_bus(int(sys.argv[1]), sys.argv[2:])
