"""The bus that stores nothing, as in the article's first version, and small services on it.

``python -m comparison.delivery.bus PORT SUBSCRIBER…`` runs the bus. It responds to a POSTed event
at once, and then POSTs the event to the address of every subscriber, once, whatever the response.

``python -m comparison.delivery.bus SERVICE FOLDER PORT BUS`` runs a service. It POSTs its events to
the bus, once, after its commit. If that fails, the row is saved and the event is lost.
"""

import contextlib
import sys
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path

import msgspec

from comparison.delivery.crash import crash_point
from comparison.delivery.services import (
    REQUEST_TIMEOUT_SECONDS,
    SERVICES,
    comments_api,
    from_message,
    serve,
    to_message,
)
from eventstore.contracts import Contract
from lab.http import NoResponse, request


def run_bus(port: int, subscribers: list[str]) -> None:
    # A thread for each subscriber keeps the order of arrival. What it has to do is in memory only.
    threads = {subscriber: ThreadPoolExecutor(1) for subscriber in subscribers}

    def respond(path: str, message: bytes) -> tuple[int, bytes]:
        for subscriber, thread in threads.items():
            thread.submit(_post, subscriber, message)
        return HTTPStatus.ACCEPTED, b"{}"

    serve(port, respond)


def run_service(name: str, folder: Path, port: int, bus: str) -> None:
    service = SERVICES[name]

    def publish(event: Contract) -> None:
        _post(bus, msgspec.json.encode(to_message(event)))

    def respond(path: str, body: bytes) -> tuple[int, bytes]:
        if path != "/events":
            return respond_to_comment(path, body)
        event = from_message(msgspec.json.decode(body))
        subscribed = isinstance(event, service.subscribes_to)
        if result := subscribed and service.handle(folder, event):
            crash_point()
            publish(result)
        return HTTPStatus.OK, b"{}"

    respond_to_comment = comments_api(folder, publish)
    serve(port, respond)


def _post(address: str, message: bytes) -> None:
    with contextlib.suppress(NoResponse):
        request("POST", f"{address}/events", body=message, timeout=REQUEST_TIMEOUT_SECONDS)


if __name__ == "__main__":
    if sys.argv[1] in SERVICES:
        run_service(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        run_bus(int(sys.argv[1]), sys.argv[2:])
