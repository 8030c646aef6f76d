"""Data in, SVG out: the charts of the comparison."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparison.charts import STYLES, Bar, BarChart, HeatMap, Square, short_name, style_of
from comparison.formats import among, ms, sentences, share, size, times
from comparison.parts import BY_NAME
from comparison.reads.charts import load_chart
from comparison.reads.ways import WAYS
from comparison.results import Named
from tests.comparison import figures
from web.charts import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Axis,
    LineChart,
    Point,
    Series,
    Style,
    element,
    linear,
    logarithmic,
)

SVG = "{http://www.w3.org/2000/svg}"
values = st.lists(st.floats(0, 1e9, allow_subnormal=False), min_size=1, max_size=20)


@given(values)
def test_a_linear_scale_has_room_for_all_values_from_0_on(given: list[float]) -> None:
    scale = linear(given)

    assert scale(0.0) == 0.0
    assert all(0.0 <= scale(value) <= 1.0 + 1e-9 for value in given)
    assert 2 <= len(scale.labels) <= 7


@given(st.lists(st.floats(1e-3, 1e9), min_size=1, max_size=20))
def test_a_logarithmic_scale_has_room_for_all_values(given: list[float]) -> None:
    scale = logarithmic(given)

    assert all(-1e-9 <= scale(value) <= 1.0 + 1e-9 for value in given)
    assert scale.low < scale.high
    assert scale.labels
    assert set(scale.labels) <= set(scale.ticks)


def test_ten_times_as_much_is_always_as_far() -> None:
    scale = logarithmic([1, 1000])

    assert [scale(value) for value in (1, 10, 100, 1000)] == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert scale.labels == (1, 10, 100, 1000)
    assert logarithmic([12, 95]).labels == (10, 20, 50, 100)


def a_chart(*series: Series) -> LineChart:
    x, y = Axis("x", logarithmic([1, 100])), Axis("y", logarithmic([1, 100]))
    return LineChart("id", "A title", "What is to be seen", x, y, series, "Key")


def test_lines_have_their_points_where_the_axes_say() -> None:
    series = Series("One <b>", Style("blue"), (Point(1, 100), Point(100, 1, "a label")), "5 ms")

    root = ET.fromstring(a_chart(series).svg())

    assert root.get("role") == "img"
    assert (root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")) == (
        "A title",
        "What is to be seen",
    )
    [path] = [each.get("d") for each in root.iter(f"{SVG}path") if each.get("class") == "line"]
    assert path == f"M{LEFT:.1f} {TOP:.1f}L{RIGHT:.1f} {BOTTOM:.1f}"
    assert "a label" in [title.text for title in root.iter(f"{SVG}title")]
    assert "One <b>" not in "".join(root.itertext())


def test_a_picture_alone_has_its_key_and_its_ground() -> None:
    series = Series("One <b>", Style("blue"), (Point(1, 100),), "5 ms")

    root = ET.fromstring(a_chart(series).svg_alone("Where it was made"))

    words = [each.text for each in root.iter(f"{SVG}text")]
    assert {"One <b>", "5 ms", "Key", "Where it was made"} <= set(words)
    [ground] = root.findall(f"{SVG}rect")
    assert ground.get("fill") == "#ffffff"
    box = [float(number) for number in (root.get("viewBox") or "").split()]
    assert [float(ground.get(name) or 0) for name in ("x", "y", "width", "height")] == box


def test_series_differ_without_colours() -> None:
    drawn = [STYLES[way.name] for way in WAYS]
    marks = [(each.colour, each.mark, each.dash) for each in drawn]
    assert len(set(marks)) == len(marks)
    new = Named("a-new-one", "A new one")
    assert short_name(new) == "A new one"
    assert style_of(new) == Style()


@pytest.mark.parametrize(
    ("value", "name"),
    [(1.0, "all"), (0.999, "most"), (0.9, "most"), (0.5, "half"), (0.01, "few"), (0.0, "none")],
)
def test_all_is_only_all_and_none_only_none(value: float, name: str) -> None:
    assert f'class="grade {name}"' in Square(value).drawn(0, 60)


def test_a_heat_map_has_each_share_in_its_square() -> None:
    c, de = Named("c", "c"), Named("d", "d\ne")
    rows = {
        "a": {c: Square(1.0, "all of it"), de: Square(None)},
        "b": {c: Square(0.999), de: Square(0.0)},
    }
    ways = [Named(name, name) for name in rows]
    chart = HeatMap("id", "T", ways, [c, de], "down", lambda way, at: rows[way.name][at], str)

    root = ET.fromstring(chart.svg())

    words = [
        (each.text or "").replace("\N{NO-BREAK SPACE}", " ") for each in root.iter(f"{SVG}text")
    ]
    assert {"100 %", "99 %", "0 %", "–", "a", "b", "c", "d", "e"} == set(words)
    assert len([each for each in root.iter(f"{SVG}rect") if each.get("class") != "ground"]) == 3


def test_bars_are_as_long_as_their_values() -> None:
    values = {"a": 10.0, "b": 5.0, "c": None, "d": 0.0}
    some = tuple(Bar(name, value, f"is {value}", Style("red")) for name, value in values.items())

    root = ET.fromstring(BarChart("id", "T", {"G": some}).svg())

    drawn = [each for each in root.iter(f"{SVG}rect") if each.get("class") == "bar"]
    ten, five, none = (float(each.get("width") or 0) for each in drawn)
    assert ten == pytest.approx(2 * five, abs=0.02)
    assert none == 0
    assert "is None" in [each.text for each in root.iter(f"{SVG}text")]


def test_what_is_written_is_escaped() -> None:
    made = element("text", '<&"', x=1.0, y=0.126, class_='"')

    assert made == '<text x="1" y="0.13" class="&quot;">&lt;&amp;&quot;</text>'


def test_numbers_are_written_as_people_read_them() -> None:
    words = [
        ms(3.44),
        ms(120.4),
        ms(2400),
        ms(12_000),
        ms(None),
        ms(0.126),
        share(0.9999),
        share(1),
    ]
    words += [
        share(0.0001),
        share(0),
        times(1.44),
        times(17.2),
        size(86e6),
        size(430),
        size(1.25e4),
    ]

    assert [each.replace("\N{NO-BREAK SPACE}", " ") for each in words] == [
        *("3.4 ms", "120 ms", "2.4 s", "12 s", "–", "0.13 ms", "99 %", "100 %"),
        *("1 %", "0 %", "1.4 times", "17 times", "86 MB", "430 B", "12.5 kB"),
    ]
    assert [among([]), among(["a"]), among(["a", "b", "c"])] == ["", "a", "a, b and c"]


def test_sentences_have_only_what_is_known() -> None:
    cell = Point(3, 0.5)
    values = {"posts": 1, "time": 2400.0, "cell": cell, "none": None}

    made = sentences(
        ("{posts:count post} in {time:ms}", ", {none:ms}", "; {cell.y:share}", "; {other}", "."),
        values,
    )

    assert made.replace("\N{NO-BREAK SPACE}", " ") == "1 post in 2.4 s; 50 %."
    assert sentences(("{none}", "more"), values) == ""


def test_pages_under_load_are_drawn_by_rate_and_what_does_not_keep_up_is_hollow() -> None:
    reads = BY_NAME["reads"].read(figures.run(figures.reads()))
    chart = load_chart(reads)

    points = {each.name: [(at.x, at.unsure) for at in each.points] for each in chart.series}
    names = {way.name: short_name(way) for way in reads.ways}
    assert points[names["per-post"]] == [(5.0, False), (50.0, True)]
    assert points[names["read-model"]] == [(5.0, False), (50.0, False)]
    assert "reads-load" in chart.svg()
