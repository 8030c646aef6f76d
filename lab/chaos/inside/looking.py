"""Each time it is told to go on, says how far everything has come; when its input ends, ends."""

from dataclasses import asdict

from eventstore import store
from eventstore.consumer import consumers
from eventstore.lag import Lag
from eventstore.messaging import outboxes
from lab.bench.inside.talk import say, wait
from lab.chaos.progress import Progress


def progress() -> Progress:
    return Progress(
        head=store.head_position(),
        outboxes={box._meta.app_label: box._default_manager.count() for box in outboxes()},
        lag={name: Lag.of(consumer).events for name, consumer in consumers().items()},
        parked={
            name: consumer.parking.model._default_manager.count()
            for name, consumer in consumers().items()
        },
    )


def main() -> None:
    while wait():
        say(asdict(progress()))


if __name__ == "__main__":
    main()
