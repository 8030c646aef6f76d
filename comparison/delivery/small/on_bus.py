"""``on_bus SERVICE FOLDER PORT BUS``: a small service that hears of events by HTTP.

What it has to say it POSTs to the bus, once, after its commit. If that fails, the comment or the
decision is saved all the same, and there is nobody to tell of the event.
"""

import contextlib
import sys
from http import HTTPStatus

import msgspec

from comparison.delivery.mortal import mortal_place
from comparison.delivery.small.comments import Comments
from comparison.delivery.small.http import Answer, Unanswered, post, serve
from comparison.delivery.small.letters import letter, read
from comparison.delivery.small.services import service_of
from comparison.delivery.small.writing import created, write
from eventstore.contracts import Contract


def main(name: str, folder: str, port: int, bus: str) -> None:
    service = service_of(name, folder)

    def say(event: Contract) -> None:
        mortal_place()
        with contextlib.suppress(Unanswered):
            post(f"{bus}/events", msgspec.json.encode(letter(event)))

    def answer(path: str, body: bytes) -> Answer:
        if path == "/events":
            event = read(msgspec.json.decode(body))
            if isinstance(event, service.hears) and (said := service.handle(event)):
                say(said)
            return HTTPStatus.OK, b"{}"
        if isinstance(service, Comments) and (comment := write(service, path, body)):
            say(comment)
            return created(comment)
        return HTTPStatus.NOT_FOUND, b"{}"

    serve(port, answer)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
