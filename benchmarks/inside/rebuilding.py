"""``rebuilding UNTIL``: rebuilds query from the events up to that position, as ``replay_events``
does it. Says the events replayed, the seconds, and the peak of its memory."""

import sys

from benchmarks.inside.peak import peak
from benchmarks.inside.talk import say
from eventstore.consumer import consumers
from eventstore.management.commands.replay_events import Command
from eventstore.rebuild import Rebuild


def main(until: int) -> None:
    chunk = Command().create_parser("", "").get_default("batch_size")
    done = Rebuild(consumers()["query"], chunk, lambda events, position: None).switch(until)
    say([done.events, done.seconds, peak()])


if __name__ == "__main__":
    main(int(sys.argv[1]))
