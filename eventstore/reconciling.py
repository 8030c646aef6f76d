"""What ``recover``, ``republish`` and ``replay_events --verify`` have in common: they walk through
what a service owns, with progress, and report by table what differs from the log."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from django.core.management.base import CommandError
from django.template.defaultfilters import pluralize
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from eventstore.consumer import consumers
from eventstore.models import Event
from eventstore.outbox import outboxes, relay_quietly
from eventstore.owned import Owned, owned_by, owners
from eventstore.reconcile import Kind, Reconciled, Report
from eventstore.terminal import refuse_parked_events, wrong_usage

Walk = Callable[[Owned, Callable[[int], None]], Reconciled]


def owned_or_refuse(service: str) -> list[Owned]:
    """What this service owns. Raises CommandError (2) if that is nothing."""
    if owned := owned_by(service):
        return owned
    if service in consumers():
        raise wrong_usage(
            f"{service} owns nothing: it is made of events alone, and replay_events makes it anew"
        )
    raise wrong_usage(f"no service is called {service!r}; there are {', '.join(owners())}")


def reconcile_all(console: Console, owned: Iterable[Owned], verb: str, walk: Walk) -> Reconciled:
    """Walk through each table and print what was found; returns the sums."""
    done, left = Report(), Report()
    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    for each in owned:
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task(f"{verb} {each.table}", total=_number_of_keys(each))
            found = walk(each, partial(bar.advance, task))
        for report, into in ((found.done, done), (found.left, left)):
            for kind, some in report.items():
                into.setdefault(kind, type(some)()).count += some.count
        for what, report in ((f"{verb}: ", found.done), ("", found.left)):
            for kind, some in sorted(report.items()):
                more = (
                    f" and {some.count - len(some.keys):,} more"
                    if some.count > len(some.keys)
                    else ""
                )
                keys = ", ".join(map(str, some.keys))
                console.print(f"{each.table}: {what}{some.count:,} {kind}: {keys}{more}")
    return Reconciled(done, left)


def relay_all(service: str) -> None:
    """What was left in the service's outbox is no difference."""
    for outbox in outboxes():
        if outbox._meta.app_label == service:
            relay_quietly(outbox, if_waiting=True)


def count(report: Report, kinds: Iterable[Kind] = Kind) -> int:
    return sum(report[kind].count for kind in kinds if kind in report)


def rows(report: Report) -> str:
    """How many, in words."""
    return f"{count(report):,} row{pluralize(count(report))}"


def refuse_what_is_left(
    service: str, left: Report, advice: Sequence[tuple[set[Kind], str]]
) -> None:
    """Raises CommandError (1) if anything is left, with what to do about each kind."""
    if not count(left):
        return
    what = [f"{count(left, kinds):,} {text}" for kinds, text in advice if count(left, kinds)]
    raise CommandError(f"{service} differs from the log: {'; '.join(what)}")


def refuse_parked_events_of(service: str) -> None:
    """Raises CommandError (1) if the service consumes events, and some are parked."""
    if service in consumers():
        refuse_parked_events([consumers()[service]])


def _number_of_keys(owned: Owned) -> int:
    created = Event.objects.filter(type=owned.states[0].__name__).count()
    return max(owned.model._default_manager.count(), created)
