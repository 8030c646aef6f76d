"""Importing it makes the place mortal where a transaction has just committed, and its relay would
begin. Nothing else of the blog is changed."""

from functools import wraps
from typing import Any

from comparison.delivery.mortal import mortal_place
from eventstore import messaging
from eventstore.relay import relay_quietly


@wraps(relay_quietly)
def relay(*arguments: Any, **options: Any) -> None:
    mortal_place()
    relay_quietly(*arguments, **options)


vars(messaging)["relay_quietly"] = relay
