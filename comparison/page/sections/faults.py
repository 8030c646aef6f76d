"""Part 5 on the page: heat maps of way × outage."""

from comparison.page import ways
from comparison.page.charts.heatmap import Cell, HeatMap, heat_map
from comparison.page.sections import faults_findings, slow_calls
from comparison.page.sections.section import Figure, Panel, Section, Table
from comparison.page.shapes.faults import Faults
from comparison.page.shapes.named import Named
from comparison.page.wording import high, ms, plain, several, share

TITLE = "What an outage does to the page"
ASKS = (
    "One process or database is killed, or made slow, or made to fail now and then, really. Which "
    "ways still bring the whole page?"
)
COLUMNS = {"databases": "databases\nof both", "monolith": "monolith", "gateway": "gateway"}


def section(faults: Faults) -> Section:
    maps = [_map(faults, mode) for mode in faults.modes]
    tables = [_outages(faults, mode) for mode in faults.modes]
    panels = [Panel(maps, tables)]
    if faults.slow_calls:
        panels.append(slow_calls.panel(faults.slow_calls))
    return Section(
        lead=faults_findings.lead(faults),
        panels=panels,
        findings=faults_findings.findings(faults),
        method=faults.method,
    )


def _map(faults: Faults, mode: Named) -> Figure:
    pages = max((cell.pages for cell in faults.cells if cell.mode == mode.name), default=0)
    drawn = HeatMap(
        id=f"faults-{mode.name}",
        title=f"Share of whole pages, by way and by what is {mode.title}",
        description="; ".join(_in_words(faults, mode, target) for target in faults.targets),
        rows=tuple(ways.short(way.name, way.title) for way in faults.ways),
        columns=tuple(COLUMNS.get(target.name, target.title) for target in faults.targets),
        cells=tuple(
            tuple(_cell(faults, way, target, mode) for target in faults.targets)
            for way in faults.ways
        ),
    )
    return Figure(
        title=high(mode.title),
        drawn=heat_map(drawn),
        note=f"Share of pages that came whole within {ms(faults.patience_ms)}, of "
        f"{several(pages, 'page')} each.",
    )


def _cell(faults: Faults, way: Named, target: Named, mode: Named) -> Cell:
    cell = faults.cell(way.name, target.name, mode.name)
    if not cell:
        return Cell(None)
    took = f", median {ms(cell.p50_ms)}" if cell.p50_ms is not None else ""
    return Cell(
        cell.share,
        f"{way.title}; {target.title} {mode.title}: {cell.whole} of {several(cell.pages, 'page')}"
        + took,
    )


def _in_words(faults: Faults, mode: Named, target: Named) -> str:
    """Whose pages all come, whose none, while this is broken."""
    shares = {
        ways.short(way.name, way.title): faults.share(way.name, target.name, mode.name)
        for way in faults.ways
    }
    none = [name for name, each in shares.items() if each == 0]
    some = [f"{name} {share(each)}" for name, each in shares.items() if each and each < 1]
    lost = [f"none from {', '.join(none)}"] if none else []
    lost += [f"some from {', '.join(some)}"] if some else []
    return f"{target.title} {mode.title}: " + (", ".join(lost) if lost else "all pages came")


def _outages(faults: Faults, mode: Named) -> Table:
    rows = []
    for way in faults.ways:
        for target in faults.targets:
            cell = faults.cell(way.name, target.name, mode.name)
            if cell:
                times = (cell.p50_ms, cell.p95_ms, cell.p99_ms, cell.failed_p50_ms)
                numbers = [f"{cell.whole} of {cell.pages}", share(cell.share), *map(plain, times)]
                rows.append([f"{way.title}; {target.title}", *numbers, f"{cell.injected:,}"])
    return Table(
        caption=f"{high(mode.title)}: pages of {several(faults.posts, 'post')}; times"
        " of the pages that came, and of those that did not, in ms",
        headings=["way; what is broken", "whole", "share", "median", "95 %", "99 %"]
        + ["failed after", "faults met"],
        rows=rows,
        fold=True,
    )
