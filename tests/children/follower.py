"""``follower CONSUMER SECONDS``: a worker that catches up again and again, for so long and then to
the head. Tells the positions of the events that it handled."""

import sys
import time
from typing import Any

from eventstore import store
from eventstore.consumer import consumers
from tests.children import tell, wait_for_the_others

consumer, seconds = consumers()[sys.argv[1]], float(sys.argv[2])
handle = consumer.handle
handled: list[int] = []


def handle_and_note(event: Any) -> Any:
    handled.append(event.position)
    return handle(event)


consumer.handle = handle_and_note  # type: ignore[method-assign]
wait_for_the_others()
end = time.monotonic() + seconds
count = 0
while time.monotonic() < end or consumer.position() < store.head_position():
    count += consumer.catch_up().handled
    time.sleep(0.01)
assert count == len(handled), "a batch was rolled back"
tell(handled)
