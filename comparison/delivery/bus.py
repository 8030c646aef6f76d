"""The bus that stores nothing, as in the article's first version, and small services on it.

``python -m comparison.delivery.bus PORT SUBSCRIBER…`` runs the bus. It responds to a POSTed event
at once, and then POSTs the event to the address of every subscriber, once, whatever the response.

``python -m comparison.delivery.bus SERVICE FOLDER PORT BUS`` runs a service. It POSTs its events to
the bus, once, after its commit. If that fails, the row is saved and the event is lost.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import msgspec

from comparison.delivery import services
from eventstore.contracts import Contract
from lab.http import NoResponse, request

TIMEOUT_SECONDS = 10.0


def run_bus(port: str, *subscribers: str) -> None:
    # A thread for each subscriber keeps the order of arrival. What it has to do is in memory only.
    threads = {subscriber: ThreadPoolExecutor(1) for subscriber in subscribers}

    def respond(path: str, message: bytes) -> tuple[int, bytes]:
        for subscriber, thread in threads.items():
            thread.submit(_post, subscriber, message)
        return HTTPStatus.ACCEPTED, b"{}"

    services.serve(int(port), respond)


def run_service(name: str, folder: str, port: str, bus: str) -> None:
    def publish(event: Contract) -> None:
        _post(bus, msgspec.json.encode(services.to_message(event)))

    def respond(path: str, body: bytes) -> tuple[int, bytes]:
        if path != "/events":
            return respond_to_comment(path, body)
        event = services.from_message(msgspec.json.decode(body))
        subscribed = isinstance(event, services.SUBSCRIPTIONS[name])
        if result := subscribed and services.handle(name, Path(folder), event):
            services.crash_point()
            publish(result)
        return HTTPStatus.OK, b"{}"

    respond_to_comment = services.comments_api(Path(folder), publish)
    services.serve(int(port), respond)


def _post(address: str, message: bytes) -> None:
    with suppress(NoResponse):
        request("POST", f"{address}/events", message, timeout=TIMEOUT_SECONDS)


if __name__ == "__main__":
    run = run_service if sys.argv[1] in services.SUBSCRIPTIONS else run_bus
    run(*sys.argv[1:])
