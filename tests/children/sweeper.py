"""``sweeper CONSUMER``: sweeps as its worker does. Tells the position then reached."""

import sys

from eventstore.consumer import consumers
from eventstore.tasks import sweep
from tests.children import tell, wait_for_the_others

wait_for_the_others()
sweep.apply(args=(sys.argv[1],))
tell(consumers()[sys.argv[1]].position())
