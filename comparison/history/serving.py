"""The newcomer's process: it does as it is ordered."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
from django.apps import apps
from django.db import Error, connections
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from comparison.history import WAYS
from comparison.history.differing import difference
from comparison.history.facts import facts
from comparison.history.orders import Copied, Order
from comparison.history.way import ALIAS, Others, Way
from eventstore import store
from lab.network import CallFailed, Network
from lab.statements import so_far
from query.handlers import consumer
from query.models import CommentView, PostView

network = Network()


@csrf_exempt
def newcomer(request: HttpRequest, what: str) -> HttpResponse:
    return HttpResponse(
        msgspec.json.encode(DOES[what](request.body)), content_type="application/json"
    )


def copy(body: bytes) -> Copied:
    order = msgspec.json.decode(body, type=Order)
    [way] = [way for way in WAYS if way.name == order.way]
    others = Others(network.calls(order.delay), order.at, order.login)
    _begin_with_nothing()
    if order.listens == "before" and not way.remembers:
        _listen_from_now()
    before, began = so_far(), time.monotonic()
    records, errors = _take(way, others)
    if order.listens == "after" and not way.remembers:
        _listen_from_now()
    ended, counted = time.monotonic(), so_far() - before
    written = counted.pop(ALIAS, 0)
    return Copied(
        began=began,
        ended=ended,
        requests=others.calls.requests,
        queries=others.calls.queries + counted.total(),
        written=written,
        records=records,
        size=None if errors else way.size(others),
        posts=PostView.objects.count(),
        comments=CommentView.objects.count(),
        errors=errors,
    )


def _take(way: Way, others: Others) -> tuple[int, list[str]]:
    records, errors = 0, []
    for step in way.steps:
        try:
            records += step(others)
        except (CallFailed, Error) as error:
            errors.append(str(error))
    return records, errors


def _begin_with_nothing() -> None:
    """Opens the connections, too: that is not part of the copy. One that is down stays so."""
    for connection in connections.all():
        with suppress(Error):
            connection.ensure_connection()
    for model in apps.get_app_config(ALIAS).get_models():
        model._default_manager.all().delete()


def _listen_from_now() -> None:
    """What was said until now will not come any more."""
    consumer.checkpoint._default_manager.update_or_create(
        consumer=consumer.name, defaults={"position": store.head_position()}
    )


DOES: dict[str, Callable[[bytes], Any]] = {
    "copy": copy,
    "hear": lambda body: consumer.catch_up().handled,
    "differ": lambda body: difference(),
    "facts": lambda body: facts(),
}
