"""The tables of how events travel."""

from comparison.delivery.results import Cell, Delivery, Later
from comparison.formats import plain, several
from comparison.tables import Table


def comments(delivery: Delivery) -> Table:
    rows = [
        [f"{scenario.title}: {way.title}", *_numbers(cell)]
        for scenario in delivery.scenarios
        for way in delivery.ways
        if (cell := delivery.cell(way.name, scenario.name))
    ]
    return Table.of_texts(
        caption=f"What became of the comments, {several(delivery.comments, 'comment')} each",
        headings=[
            "",
            "answered",
            "saved",
            "decided",
            "pending for ever",
            "lost",
            "lost on the way back",
        ]
        + ["twice", "twice on the way back", "settled after s", "faults"],
        rows=rows,
        fold=True,
        terminal=False,
    )


def _numbers(cell: Cell) -> list[str]:
    counts = (cell.written, cell.saved, cell.decided, cell.pending, cell.lost, cell.lost_back)
    more = (cell.twice, cell.twice_back)
    return [*(f"{count:,}" for count in counts + more), plain(cell.settled_s), f"{cell.struck:,}"]


def later(delivery: Delivery) -> list[Table]:
    titles = {way.name: way.title for way in delivery.ways}

    def row(later: Later) -> list[str]:
        got = [f"{later.past_got:,} of {later.past:,}", f"{later.new_got:,} of {later.new:,}"]
        return [titles.get(later.way, later.way), *got, plain(later.settled_s)]

    headings = ["", "of the past", "of what came then", "settled after s"]
    rows = [row(later) for later in delivery.later]
    return (
        [Table.of_texts("A service that is added later", headings, rows, fold=True, terminal=False)]
        if rows
        else []
    )


def headline(delivery: Delivery) -> Table:
    later = {row.way: row for row in delivery.later}
    rows = []
    for way in delivery.ways:
        cells = [delivery.cell(way.name, scenario.name) for scenario in delivery.scenarios]
        told = [
            f"{cell.pending:,} / {cell.doubled:,} of {cell.saved:,}" if cell else "–"
            for cell in cells
        ]
        row = later.get(way.name)
        past = f"{row.past_got:,} of {row.past:,}" if row else "–"
        rows.append([way.title, *told, past])
    return Table.of_texts(
        "Comments left pending for ever / handled twice",
        ["way", *(scenario.title for scenario in delivery.scenarios), "past for a newcomer"],
        rows,
    )
