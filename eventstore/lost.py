"""A projection whose database was lost and made anew, empty: its tables come back by themselves,
and its rows are made of the events, as those of a new service. So nothing of it is lost."""

import logging
from typing import TYPE_CHECKING

from django.core.management import call_command
from django.db import Error, transaction

from eventstore import store
from eventstore.models import Subscription
from eventstore.outages import is_missing_table

if TYPE_CHECKING:
    from eventstore.consumer import Consumer

log = logging.getLogger(__name__)


def ensure_tables(consumer: "Consumer") -> None:
    """Make the projection's tables, where its database has none. A consumer that publishes is left
    alone: what its service knew is not in the events, so a person has to bring it back."""
    if consumer.publishes or _has_tables(consumer):
        return
    with transaction.atomic(using=store.ALIAS):
        # One worker at a time, on whatever machine it runs.
        list(Subscription.objects.select_for_update().filter(consumer=consumer.name))
        if not _has_tables(consumer):
            log.warning("%s has lost its tables: they are made anew", consumer.name)
            call_command("migrate", database=consumer.alias, interactive=False, verbosity=0)


def _has_tables(consumer: "Consumer") -> bool:
    try:
        consumer.position()
    except Error as error:
        if not is_missing_table(error):
            raise
        return False
    return True
