"""``bus PORT LISTENER…``: a bus that stores nothing, as the article's first one.

Whoever POSTs an event is answered at once. Then the event is POSTed to every listener's address,
once; whether anybody takes it is not looked at.
"""

import contextlib
import sys
from http import HTTPStatus
from queue import SimpleQueue
from threading import Thread

from comparison.delivery.small.http import Answer, Unanswered, post, serve


def main(port: int, listeners: list[str]) -> None:
    queues: list[SimpleQueue[bytes]] = []
    for listener in listeners:
        queue: SimpleQueue[bytes] = SimpleQueue()
        Thread(target=deliver, args=(queue, listener), daemon=True).start()
        queues.append(queue)

    def take(path: str, letter: bytes) -> Answer:
        for queue in queues:
            queue.put(letter)
        return HTTPStatus.ACCEPTED, b"{}"

    serve(port, take)


def deliver(queue: "SimpleQueue[bytes]", listener: str) -> None:
    """In the order in which they came. What waits here is in memory alone."""
    while True:
        letter = queue.get()
        with contextlib.suppress(Unanswered):
            post(f"{listener}/events", letter)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
