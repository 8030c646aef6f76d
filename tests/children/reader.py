"""``reader POSITION COUNT``: follows the log from POSITION on until it has read COUNT events. Tells
each one's position, id, subject, type, author, and content or title."""

import json
import sys
import time

from eventstore import store
from eventstore.contracts import CONTRACTS
from tests.children import tell, wait_for_the_others

position, count = int(sys.argv[1]), int(sys.argv[2])
end = time.monotonic() + 90
wait_for_the_others()
seen: list[tuple[object, ...]] = []
while len(seen) < count and time.monotonic() < end:
    time.sleep(0.001)
    for event in store.read_after(position, CONTRACTS, 7):
        data = json.loads(event.data)
        said = (data.get("author"), data.get("content", data.get("title")))
        seen.append((event.position, event.id, event.subject, event.type, *said))
        position = event.position
tell(seen)
