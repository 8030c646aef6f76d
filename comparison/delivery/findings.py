"""What is claimed of how events travel, beside what was measured."""

from comparison.claims import Finding, finding
from comparison.delivery.results import Cell, Delivery
from comparison.formats import among, low, several

BUS, BROKER, STORE = "bus", "broker", "store"


def lead(delivery: Delivery) -> str:
    """Over all that happened: what each way left behind."""
    said = []
    for way in delivery.ways:
        cells = of_way(delivery, way.name)
        if cells:
            pending, twice = sum(c.pending for c in cells), sum(c.doubled for c in cells)
            said.append(f"{low(way.title)}: {pending:,} pending for ever, {twice:,} twice")
    saved = max((sum(c.saved for c in of_way(delivery, w.name)) for w in delivery.ways), default=0)
    return f"Over all faults, of up to {saved:,} comments: {'; '.join(said)}." if said else ""


def findings(delivery: Delivery) -> list[Finding]:
    return [*_bus(delivery), *_store(delivery), *_dual(delivery), *_least(delivery)]


def of_way(delivery: Delivery, way: str) -> list[Cell]:
    return [cell for cell in delivery.cells if cell.way == way]


def _bus(delivery: Delivery) -> list[Finding]:
    stopped = delivery.cell(BUS, "moderation-stopped")
    if not stopped:
        return []
    said = (
        f"With moderation stopped, {stopped.lost:,} of {several(stopped.saved, 'comment')} never "
        f"reached it; {stopped.pending:,} were pending for ever after it was back."
    )
    return finding("bus-loses-events", said, "holds" if stopped.lost else "no")


def _store(delivery: Delivery) -> list[Finding]:
    cells = of_way(delivery, STORE)
    later = next((row for row in delivery.later if row.way == STORE), None)
    if not cells:
        return []
    gone, pending = sum(cell.gone for cell in cells), sum(cell.pending for cell in cells)
    said = (
        f"From the event store, over {several(len(cells), 'fault')}: {gone:,} lost and {pending:,} "
        f"pending for ever, of {several(sum(cell.saved for cell in cells), 'comment')}."
    )
    whole = gone == pending == 0
    if later:
        said += (
            f" A service that came later got {later.past_got:,} of {later.past:,} past comments."
        )
        whole = whole and later.past_got == later.past
    return finding("stored-events", said, "holds" if whole else "no")


def _dual(delivery: Delivery) -> list[Finding]:
    """A row is written, and then a message: a process that dies in between has done one alone."""
    killed = {way.title: delivery.cell(way.name, "writer-killed") for way in delivery.ways}
    known = {title: cell for title, cell in killed.items() if cell}
    broker = delivery.cell(BROKER, "writer-killed")
    if not broker:
        return []
    said = among([f"{low(title)} {cell.gone:,} of {cell.saved:,}" for title, cell in known.items()])
    return finding(
        "dual-write",
        f"The writer was killed after its commit; comments lost by that: {said}.",
        "holds" if broker.gone else "no",
    )


def _least(delivery: Delivery) -> list[Finding]:
    killed = {way.title: delivery.cell(way.name, "moderation-killed") for way in delivery.ways}
    known = {title: cell for title, cell in killed.items() if cell}
    broker = delivery.cell(BROKER, "moderation-killed")
    if not broker:
        return []
    said = among([f"{low(title)} {cell.doubled:,}" for title, cell in known.items()])
    holds: str = "holds" if broker.doubled else "no"
    return finding(
        "at-least-once",
        f"Moderation was killed after its commit; comments handled twice by that: {said}.",
        holds,
    )
