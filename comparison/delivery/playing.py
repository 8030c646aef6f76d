"""Plays all scenarios in one way, one after the other, on the same processes."""

from collections.abc import Callable
from contextlib import closing
from threading import Event
from typing import Any, NamedTuple

from comparison.delivery.counts import PENDING, Counts
from comparison.delivery.scenarios import SCENARIOS, Plan, Played, Scenario, Scene, added_later
from comparison.delivery.way import Way
from comparison.parts.part import Say
from lab.errors import LabFailed

POSTS = len(SCENARIOS) + 1


class Found(NamedTuple):
    """JSON-ready. ``waiting``: events that are on their way still, at the very end."""

    waiting: int
    cells: list[dict[str, Any]]
    later: dict[str, Any]


def play(make: Callable[[], Way], plan: Plan, say: Say, halt: Event) -> Found:
    """What is counted is counted at the very end: whatever comes late had time to."""
    with closing(make()) as way:
        say(f"delivery: {way.title.lower()}, starting its processes")
        way.start()
        settled = []
        for scenario, post in zip(SCENARIOS, way.posts, strict=False):
            say(f"delivery: {way.title.lower()}, {scenario.title}")
            scene = Scene(way, post, plan.comments, plan, halt)
            played = scenario.play(scene)
            settled.append((scenario, post, played, _until_decided(scene, played)))
        say(f"delivery: {way.title.lower()}, a service is added")
        before, last = way.posts[:-1], way.posts[-1]
        scene = Scene(way, last, plan.later, plan, halt)
        came = added_later(scene)
        expected = sum(len(way.statuses(post)) for post in way.posts)
        known_after = _since(came, scene.settled(lambda: way.known(way.posts), expected))
        if way.is_idle() is not None:  # a message may come again a little later
            scene.settled(lambda: way.is_idle() is True, True)
        waiting, counts = way.counted()
    return Found(
        waiting,
        [_cell(way, *each, counts[each[1]]) for each in settled],
        {
            "way": way.name,
            "past": sum(counts[post].saved for post in before),
            "past_got": sum(counts[post].known for post in before),
            "new": counts[last].saved,
            "new_got": counts[last].known,
            "settled_s": known_after,
        },
    )


def _until_decided(scene: Scene, played: Played) -> float | None:
    """Seconds from the end of the fault; None where some never are."""
    statuses = scene.way.statuses(scene.post)

    def decided() -> int:
        now = scene.way.statuses(scene.post).values()
        return sum(status != PENDING for status in now)

    if missing := set(played.written) - statuses.keys():
        raise LabFailed(f"{scene.way.name}: {len(missing)} comments were answered and not saved")
    return _since(played, scene.settled(decided, len(statuses)))


def _since(played: Played, at: float | None) -> float | None:
    return None if at is None else round(max(0.0, at - played.ended), 2)


def _cell(
    way: Way,
    scenario: Scenario,
    post: str,
    played: Played,
    settled: float | None,
    counts: Counts,
) -> dict[str, Any]:
    return {
        "way": way.name,
        "scenario": scenario.name,
        "written": len(played.written),
        **{name: value for name, value in counts._asdict().items() if name != "known"},
        "struck": played.struck,
        "settled_s": settled,
    }
