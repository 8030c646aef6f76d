"""The benchmarks rest on data that is the same each time, and on sums that are right."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree

import pytest

from eventstore.contracts import CommentCreated, CommentModerated, CommentUpdated, PostCreated
from lab.bench.drawing import draw
from lab.bench.figures import Figure, Goal, in_rounds
from lab.bench.options import parse_options
from lab.bench.parts import PARTS
from lab.bench.report import markdown, read
from lab.bench.sizes import grown
from lab.data import even_blog, history
from lab.statistics import median_interval, percentile

NAMES = [(part.name, part.what, part.is_quick) for part in PARTS]


def figure(samples: list[float], goal: Goal | None = None, theirs: Sequence[float] = ()) -> Figure:
    return Figure("area", "what", "sqlite", "ms", samples, goal, theirs=theirs, against="theirs")


def test_the_history_is_the_same_each_time() -> None:
    assert list(history(500)) == list(history(500))


def test_a_shorter_history_is_the_beginning_of_a_longer_one() -> None:
    assert list(history(100)) == list(history(500))[:100]


def test_each_comment_is_created_then_decided_then_updated() -> None:
    posts: set[UUID] = set()
    step: Counter[UUID] = Counter()
    order = {CommentCreated: 0, CommentModerated: 1, CommentUpdated: 2}
    for event in history(2_000):
        if isinstance(event, PostCreated):
            posts.add(event.post_id)
            continue
        assert isinstance(event, (CommentCreated, CommentModerated, CommentUpdated))
        assert event.post_id in posts
        assert step[event.comment_id] == order[type(event)]
        step[event.comment_id] += 1
    finished = [comment for comment, steps in step.items() if steps == len(order)]
    assert len(finished) > 0.9 * len(step) > 5 * len(posts)


def test_an_even_blog_has_ten_approved_comments_for_each_post() -> None:
    last: dict[UUID, str] = {}
    posts = Counter[UUID]()
    for event in even_blog(3):
        if isinstance(event, (CommentCreated, CommentUpdated)):
            posts[event.post_id] += event.comment_id not in last
            last[event.comment_id] = event.status
    assert list(posts.values()) == [10, 10, 10]
    assert set(last.values()) == {"approved"}


@pytest.mark.parametrize(
    ("samples", "goal", "reached"),
    [
        ([1, 2, 90], Goal(2, "most"), True),
        ([1, 2, 90], Goal(2, "most", of="worst"), False),
        ([1, 2, 90], Goal(3, "least"), False),
        ([3, 3, 4], Goal(3, "least", of="worst"), True),
        ([1], None, None),
    ],
)
def test_a_goal_is_held_against_the_median_or_the_worst(
    samples: list[float], goal: Goal | None, reached: bool | None
) -> None:
    assert figure(samples, goal).reached is reached


def test_percentiles_lie_between_the_samples() -> None:
    hundred = figure([float(number) for number in range(101)])
    assert (hundred.median, *(percentile(hundred.samples, p) for p in (95, 99))) == (50, 95, 99)
    assert percentile(figure([7.0]).samples, 99) == 7


@pytest.mark.parametrize(
    ("count", "low", "high", "confidence"),
    [(1, 0, 0, 0), (3, 0, 2, 0.75), (5, 0, 4, 0.9375), (6, 0, 5, 0.96875), (20, 5, 14, 0.9586)],
)
def test_the_interval_of_a_median_has_the_confidence_that_its_samples_allow(
    count: int, low: float, high: float, confidence: float
) -> None:
    """1 − 2 · P(fewer than k of n fair coins are heads), for the k-th sample from either end."""
    interval = median_interval([float(count - 1 - number) for number in range(count)])
    assert interval[:2] == (low, high)
    assert interval.confidence == pytest.approx(confidence, abs=1e-4)


def test_a_ratio_is_taken_round_by_round() -> None:
    """The machine became ten times as fast after the first round: for both."""
    found = figure([10, 100, 110], Goal(2, "least", "ratio"), theirs=[5, 50, 50])
    assert found.ratios == [2, 2, 2.2]
    assert found.reached
    assert found.interval
    assert found.interval[:2] == (2, 2.2)


def test_where_there_is_nothing_to_compare_with_no_goal_is_missed() -> None:
    assert figure([10], Goal(2, "least", "ratio")).reached is None


def test_both_run_in_every_round_after_one_that_is_not_counted() -> None:
    ran: list[str] = []

    def run(name: str) -> float:
        ran.append(name)
        return len(ran)

    samples = in_rounds({"ours": lambda: run("ours"), "theirs": lambda: run("theirs")}, 3)
    assert ran[:2] == ["ours", "theirs"]
    assert all(set(ran[at : at + 2]) == {"ours", "theirs"} for at in (2, 4, 6))
    assert [len(each) for each in samples.values()] == [3, 3]
    assert min(*samples["ours"], *samples["theirs"]) == 3


def test_a_recorded_run_is_printed_as_tables_in_markdown(tmp_path: Path) -> None:
    pair = figure([30, 20, 10], Goal(2, "least", "ratio"), theirs=[10, 10, 10])
    alone = Figure("alone", "memory", "sqlite", "MB", [200], Goal(250, "most"), "PSS")
    record = tmp_path / "run.json"
    machine = {"processor": "A processor", "cores": 2, "load": 0.1}
    about = {"command": "python -m lab.bench", "commit": "abc", "started": "today"}
    figures = [json.loads(json.dumps(each.as_dict())) for each in (pair, alone)]
    content = {**about, "machine": machine, "versions": {"Python": "3"}, "figures": figures}
    record.write_text(json.dumps(content))
    lines = list(markdown(*read(record)))
    assert lines[0] == "`python -m lab.bench` at commit abc, today: "
    assert "| what | sqlite | 20 | theirs 10 | 2 | 1 – 3 (75%) | ≥ 2 × | reached |  |" in lines
    assert "| memory | sqlite | 200 |  | ≤ 250 | reached | PSS |" in lines
    tables = [line for line in lines if line.startswith("|")]
    assert {line.count("|") for line in tables} == {10, 8}


def test_where_units_differ_each_figure_has_its_own(tmp_path: Path) -> None:
    seconds = Figure("size", "start", "sqlite", "s", [2.5], Goal(3, "most"))
    size = Figure("size", "memory", "sqlite", "MB", [200])
    about = {"command": "", "commit": "", "started": "", "versions": {}}
    machine = {"processor": "", "cores": 2, "load": 0}
    figures = [each.as_dict() for each in (seconds, size)]
    record = tmp_path / "run.json"
    record.write_text(json.dumps({**about, "machine": machine, "figures": figures}))
    lines = list(markdown(*read(record)))
    assert "| what | on | ours | spread | must reach |  | note |" in lines
    assert "| start | sqlite | 2.50 s |  | ≤ 3 | reached |  |" in lines
    assert "| memory | sqlite | 200 MB |  |  |  |  |" in lines


def test_growth_is_that_of_the_longest_log_over_the_shortest() -> None:
    found = grown("page /", "ms", {1_000: [10, 20, 30], 3_000: [20, 22, 24], 9_000: [30, 30, 33]})
    assert found.stack == "sqlite, 9,000 events"
    assert found.against == "with 1,000"
    assert found.ratios == [3, 1.5, 1.1]
    assert found.reached
    assert found.curves == {"": [(1_000, 1), (3_000, 1.1), (9_000, 1.5)]}


def test_curves_are_drawn_as_a_chart_for_each_area(tmp_path: Path) -> None:
    curves = {"p50": [(10, 1.0), (20, 1.5)], "p99": [(10, 4.0), (20, 900.0)]}
    axes = ("offered", "latency, ms")
    loaded = Figure("Load: at a rate", "list", "sqlite", "/s", [10], curves=curves, axes=axes)
    text = json.dumps(loaded.as_dict())
    files = draw([Figure.from_dict(json.loads(text)), figure([1])], tmp_path, "measured today")
    assert [file.name for file in files] == ["performance-load.svg"]
    drawn = files[0].read_text()
    assert ElementTree.fromstring(drawn).tag == "{http://www.w3.org/2000/svg}svg"
    for word in ("list: p50", "list: p99", "900", "offered", "latency, ms", "measured today"):
        assert word in drawn


def test_every_part_is_documented() -> None:
    assert len({name for name, _, _ in NAMES}) == len(NAMES)
    document = (Path(__file__).parents[2] / "docs" / "performance.md").read_text()
    assert all(f"| `{name}` | {what} |" in document for name, what, _ in NAMES)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--events", "10"], "--events is at least 1000"),
        (["--part", "none"], "invalid choice: 'none'"),
        (["--only", "oracle"], "invalid choice: 'oracle'"),
        (["--report", "/nowhere.json"], "--report: there is no file /nowhere.json"),
        (["--draw", "."], "--draw needs --report, and a folder that exists"),
    ],
)
def test_wrong_options_are_refused_in_one_line(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse_options(NAMES, arguments)
    assert problem in capsys.readouterr().err.splitlines()[-1]


def test_a_quick_run_has_fewer_parts_in_fewer_rounds_and_smaller_sizes() -> None:
    quick, full = parse_options(NAMES, ["--quick"]), parse_options(NAMES, [])
    assert full.parts == tuple(name for name, _, _ in NAMES)
    assert "reads" in quick.parts
    assert "sizes" not in quick.parts
    assert parse_options(NAMES, ["--quick", "--part", "sizes"]).parts == ("sizes",)
    assert quick.rounds < 5 <= full.rounds
    assert quick.events < full.events
    assert (quick.databases, full.databases) == (("sqlite",), ("sqlite", "postgresql"))
    assert parse_options(NAMES, ["--quick", "--only", "postgresql"]).databases == ("postgresql",)
