"""``catching_up CONSUMER``: a consumer that knows nothing yet catches up with the whole log, as a
worker does it. Says the events it handled, the seconds, and the peak of its memory."""

import sys
import time

from django.apps import apps

from eventstore.consumer import Consumer, consumers
from lab.bench.inside.peak import peak
from lab.bench.inside.talk import say


def main(name: str) -> None:
    consumer = consumers()[name]
    if not consumer.publishes:
        forget(consumer)
    began = time.monotonic()
    progress = consumer.catch_up()
    say([progress.handled, time.monotonic() - began, peak()])


def forget(consumer: Consumer) -> None:
    """Empty the projection's tables."""
    for model in apps.get_app_config(consumer.name).get_models():
        model._default_manager.all().delete()


if __name__ == "__main__":
    main(sys.argv[1])
