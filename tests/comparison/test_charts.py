"""Data in, SVG out: the plots of the comparison."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparison.page import ways
from comparison.page.charts.bars import Bar, Bars, Group, bars
from comparison.page.charts.frame import BOTTOM, LEFT, RIGHT, TOP, Axis
from comparison.page.charts.heatmap import Cell, HeatMap, grade, heat_map
from comparison.page.charts.lines import Plot, Point, Series, lines, lines_alone
from comparison.page.charts.looks import PLAIN, Look
from comparison.page.charts.scales import linear, logarithmic
from comparison.page.charts.svg import element
from comparison.page.wording import among, ms, share, size, times
from comparison.reads import WAYS

SVG = "{http://www.w3.org/2000/svg}"
values = st.lists(st.floats(0, 1e9, allow_subnormal=False), min_size=1, max_size=20)


@given(values)
def test_a_linear_scale_has_room_for_all_values_from_0_on(given: list[float]) -> None:
    scale = linear(given, 300.0, 20.0)

    assert scale(0.0) == 300.0
    assert all(20.0 - 1e-6 <= scale(value) <= 300.0 for value in given)
    assert 2 <= len(scale.labels) <= 7


@given(st.lists(st.floats(1e-3, 1e9), min_size=1, max_size=20))
def test_a_logarithmic_scale_has_room_for_all_values(given: list[float]) -> None:
    scale = logarithmic(given, 50.0, 400.0)

    assert all(50.0 - 1e-6 <= scale(value) <= 400.0 + 1e-6 for value in given)
    assert scale.low < scale.high
    assert scale.labels
    assert set(scale.labels) <= set(scale.ticks)


def test_ten_times_as_much_is_always_as_far() -> None:
    scale = logarithmic([1, 1000], 0.0, 300.0)

    assert [scale(value) for value in (1, 10, 100, 1000)] == pytest.approx([0, 100, 200, 300])
    assert scale.labels == (1, 10, 100, 1000)
    assert logarithmic([12, 95], 0.0, 1.0).labels == (10, 20, 50, 100)


def a_plot(*series: Series) -> Plot:
    x, y = logarithmic([1, 100], LEFT, RIGHT), logarithmic([1, 100], BOTTOM, TOP)
    return Plot("id", "A title", "What is to be seen", Axis("x", x), Axis("y", y), series, "Key")


def test_lines_have_their_points_where_the_axes_say() -> None:
    series = Series("One <b>", Look("blue"), (Point(1, 100), Point(100, 1, "said")), "5 ms")

    root = ET.fromstring(lines(a_plot(series)))

    assert root.get("role") == "img"
    assert (root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")) == (
        "A title",
        "What is to be seen",
    )
    [path] = [each.get("d") for each in root.iter(f"{SVG}path") if each.get("class") == "line"]
    assert path == f"M{LEFT:.1f} {TOP:.1f}L{RIGHT:.1f} {BOTTOM:.1f}"
    assert "said" in [title.text for title in root.iter(f"{SVG}title")]
    assert "One <b>" not in "".join(root.itertext())


def test_a_picture_alone_has_its_key_and_its_ground() -> None:
    series = Series("One <b>", Look("blue"), (Point(1, 100),), "5 ms")

    root = ET.fromstring(lines_alone(a_plot(series), "Where it was made"))

    said = [each.text for each in root.iter(f"{SVG}text")]
    assert {"One <b>", "5 ms", "Key", "Where it was made"} <= set(said)
    [ground] = root.findall(f"{SVG}rect")
    assert ground.get("fill") == "#ffffff"
    box = [float(number) for number in (root.get("viewBox") or "").split()]
    assert [float(ground.get(name) or 0) for name in ("x", "y", "width", "height")] == box


def test_series_are_told_apart_without_colours() -> None:
    drawn = {name: look for name, (_, look) in ways.SHORT.items()}
    for name in (way.name for way in WAYS):
        assert name in drawn
    marks = [(look.colour, look.mark, look.dash) for look in (drawn[way.name] for way in WAYS)]
    assert len(set(marks)) == len(marks)
    assert ways.short("a-new-one", "A new one") == "A new one"
    assert ways.look("a-new-one") == PLAIN


@pytest.mark.parametrize(
    ("value", "name"),
    [(1.0, "all"), (0.999, "most"), (0.9, "most"), (0.5, "half"), (0.01, "few"), (0.0, "none")],
)
def test_all_is_only_all_and_none_only_none(value: float, name: str) -> None:
    assert grade(value)[0] == name


def test_a_heat_map_says_each_share_in_its_cell() -> None:
    rows = ((Cell(1.0, "all of it"), Cell(None)), (Cell(0.999), Cell(0.0)))

    root = ET.fromstring(heat_map(HeatMap("id", "T", "D", ("a", "b"), ("c", "d\ne"), rows)))

    said = [
        (each.text or "").replace("\N{NO-BREAK SPACE}", " ") for each in root.iter(f"{SVG}text")
    ]
    assert {"100 %", "99 %", "0 %", "–", "a", "b", "c", "d", "e"} == set(said)
    assert len([each for each in root.iter(f"{SVG}rect") if each.get("class") != "ground"]) == 3


def test_bars_are_as_long_as_their_values() -> None:
    values = {"a": 10.0, "b": 5.0, "c": None, "d": 0.0}
    some = tuple(Bar(name, value, f"is {value}", Look("red")) for name, value in values.items())

    root = ET.fromstring(bars(Bars("id", "T", "D", (Group("G", some),))))

    drawn = [each for each in root.iter(f"{SVG}rect") if each.get("class") == "bar"]
    ten, five, none = (float(each.get("width") or 0) for each in drawn)
    assert ten == pytest.approx(2 * five, abs=0.02)
    assert none == 0
    assert "is None" in [each.text for each in root.iter(f"{SVG}text")]


def test_what_is_written_is_escaped() -> None:
    made = element("text", '<&"', x=1.0, y=0.126, class_='"')

    assert made == '<text x="1" y="0.13" class="&quot;">&lt;&amp;&quot;</text>'


def test_numbers_are_written_as_people_read_them() -> None:
    said = [ms(3.44), ms(120.4), ms(2400), ms(12_000), ms(None), ms(0.126), share(0.9999), share(1)]
    said += [share(0.0001), share(0), times(1.44), times(17.2), size(86e6), size(430), size(1.25e4)]

    assert [each.replace("\N{NO-BREAK SPACE}", " ") for each in said] == [
        *("3.4 ms", "120 ms", "2.4 s", "12 s", "–", "0.13 ms", "99 %", "100 %"),
        *("1 %", "0 %", "1.4 times", "17 times", "86 MB", "430 B", "12.5 kB"),
    ]
    assert [among([]), among(["a"]), among(["a", "b", "c"])] == ["", "a", "a, b and c"]
