"""Part 1: how long the page takes in each way, by its number of posts and the network's delay."""

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from comparison.lab import Lab
from comparison.measure import interleaved, milliseconds, percentile, spread
from comparison.parts.part import Options, Results, Say
from comparison.reads import WAYS
from comparison.reads.asking import Client, check
from comparison.reads.hops import round_trip
from comparison.reads.way import Way

METHOD = (
    "Every way is asked over HTTP by one client on the same machine, and answers with the same "
    "page, byte for byte; what differs, or takes other requests or queries than it should, stops "
    "the run.",
    "Each process is the blog's own web server with one worker of 4 threads. Connections are kept "
    "alive on every hop. A list gives at most 100 posts in one request, whoever serves it.",
    "The delay is really waited for on every HTTP hop, there and back in one, also between the "
    "gateway and the services. Databases answer without it.",
    "A time is that from the first request until all posts and comments are there, decoded: what "
    "the client, a Python program, does with the answers is part of it. All processes share the "
    "machine's cores. The ways take turns in rounds, in another order in each round.",
)


@dataclass(frozen=True)
class Plan:
    """``delays`` in seconds. Rounds: at most ``most``, fewer for long pages, at least ``least``."""

    posts: tuple[int, ...]
    delays: tuple[float, ...]
    most: int
    least: int

    def rounds(self, posts: int) -> int:
        return max(self.least, min(self.most, 2_000 // posts))


QUICK = Plan(posts=(10, 40), delays=(0.0, 0.005), most=3, least=3)
FULL = Plan(
    posts=(1, 10, 20, 50, 100, 200, 500, 1_000), delays=(0.0, 0.001, 0.005), most=25, least=5
)


class Sample(NamedTuple):
    """Of one page, in seconds: until it was there; what its hops waited, added up."""

    seconds: float
    waited: float


def measure(lab: Lab, options: Options, say: Say) -> Results:
    plan = QUICK if options.quick else FULL
    say("reads: starting the processes, filling the databases")
    stack = lab.reading(max(plan.posts))
    cells: list[dict[str, Any]] = []
    network = []
    for delay in plan.delays:
        client = Client(lab.network, stack.addresses, delay)
        trip = milliseconds(round_trip(client))
        network.append({"delay_ms": milliseconds(delay), "round_trip_ms": trip})
        for posts in plan.posts:
            say(f"reads: {milliseconds(delay):g} ms a hop, pages of {posts}")
            cells += _cells(client, posts, plan.rounds(posts))
    return {
        "method": list(METHOD),
        "posts": list(plan.posts),
        "delays_ms": [milliseconds(delay) for delay in plan.delays],
        "network": network,
        "ways": [
            {"name": way.name, "title": way.title, "claims": list(way.claims)} for way in WAYS
        ],
        "cells": cells,
    }


def _cells(client: Client, posts: int, rounds: int) -> list[dict[str, Any]]:
    body = client.agreed(WAYS, posts)
    runs = {way.name: partial(client.read, way, posts) for way in WAYS}
    samples: dict[str, list[Sample]] = defaultdict(list)
    for name, _, page in interleaved(runs, rounds):
        check(page, body, posts)
        samples[name].append(Sample(page.seconds, page.calls.waited))
    shared = {"posts": posts, "delay_ms": milliseconds(client.delay), "bytes": len(body)}
    return [shared | _cell(way, posts, samples[way.name]) for way in WAYS]


def _cell(way: Way, posts: int, samples: list[Sample]) -> dict[str, Any]:
    """The figures of one way at one size and delay. ``waited_ms`` is what all hops of a page
    spent as delay, together, in the median."""
    takes = way.takes(posts)  # it was checked that it does
    return {
        "way": way.name,
        "rounds": len(samples),
        "requests": takes.requests,
        "queries": takes.queries,
        "waited_ms": milliseconds(percentile([sample.waited for sample in samples], 50)),
        **spread([sample.seconds for sample in samples]),
    }
