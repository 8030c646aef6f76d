"""``rebuilding UNTIL``: rebuilds query from the events up to that position, as ``replay_events``
does it. Says the events replayed, the seconds, and the peak of its memory."""

import sys

from eventstore.consumer import consumers
from eventstore.rebuild import CHUNK, Rebuild
from lab.bench.inside.peak import peak
from lab.bench.inside.talk import say


def main(until: int) -> None:
    done = Rebuild(consumers()["query"], CHUNK, lambda events, position: None).switch(until)
    say([done.events, done.seconds, peak()])


if __name__ == "__main__":
    main(int(sys.argv[1]))
