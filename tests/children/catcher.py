"""``catcher CONSUMER POSITION``: catches up until POSITION is reached, by it or by another
process. Tells how many events it handled, and how often it got a turn."""

import sys

from eventstore.consumer import consumers
from tests.children import tell, wait_for_the_others

consumer, until = consumers()[sys.argv[1]], int(sys.argv[2])
wait_for_the_others()
handled = []
while consumer.position() < until:
    handled.append(consumer.catch_up(seconds=0.01).handled)
tell(handled)
