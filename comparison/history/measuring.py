"""Part 2: how a service that comes online a year later gets the past, by the size of the blog."""

from dataclasses import asdict
from typing import Any

import msgspec

from comparison.history import WAYS
from comparison.history.code import code_of
from comparison.history.copies import copies
from comparison.history.moving import moving
from comparison.history.newcomer import Newcomer, newcomer
from comparison.history.outages import TARGETS, outages
from comparison.history.plan import FULL, QUICK, Plan
from comparison.history.way import Blog
from comparison.history.writer import writes
from comparison.lab import SEED, Lab
from comparison.measure import milliseconds
from comparison.parts.part import Options, Results, Say
from lab.data import PostData, blog

Rows = list[dict[str, Any]]

METHOD = (
    "The newcomer is a process of its own, with an empty query database. It gets all posts and "
    "comments of a blog that is there already, in each way by real means: from the services' "
    "processes over HTTP, from their databases, from the event store. Its rows are held against "
    "the services' own, row by row; a difference, or other requests or queries than there should "
    "be, stops the run.",
    "A time is that from the start until the last row is in the newcomer's database. All write by "
    "the same upserts, but for the replay, which fills a fresh table and switches. The process is "
    "up already, and has logged in: to read what is held or rejected, it has to be staff. The ways "
    "take turns in rounds.",
    "The delay is really waited for on every HTTP hop. Databases answer without it.",
    "Lines of code are those of the files as they are: no blank ones, comments, docstrings. What "
    "the others offer is there for the page's readers, too; without these it would have to be "
    "written. What hears new events is needed in every way, unless nothing ever changes.",
    "Down is killed; a database that is down fails each statement to it. Nobody tries again.",
    "While the newcomer copies, somebody adds comments, edits posts and deletes comments through "
    "the services, one write after another. Afterwards the newcomer is given every event that "
    "was said since it listens. What is then missing, stale or a ghost stays so until somebody "
    "touches it again. (Moderation is not there: each of its decisions would bring the whole "
    "comment.)",
)


def measure(lab: Lab, options: Options, say: Say) -> Results:
    plan = QUICK if options.quick else FULL
    say("history: starting the processes, filling the databases")
    stack = lab.reading(plan.posts[0], exactly=True)
    with newcomer(lab, stack) as late:
        for way in WAYS:
            late.copy(way)  # caches and connections are cold
        cells: Rows = []
        broken: dict[str, Any] = {}
        for posts in plan.posts:
            say(f"history: a past of {posts} posts")
            lab.reading(posts, exactly=True)
            data = blog(posts, SEED)
            for delay in plan.delays:
                cells += copies(late, data, delay, plan.rounds(posts))
            if posts == plan.outage_posts:
                say("history: with a service down")
                targets = [target for target in TARGETS if target.name in plan.targets]
                broken = outages(stack, late, Blog.of(data), targets)
        say("history: while somebody writes")
        moved, facts = _moved(lab, late, data, plan)
    return {
        "method": list(METHOD),
        "posts": list(plan.posts),
        "delays_ms": [milliseconds(delay) for delay in plan.delays],
        "blogs": [asdict(Blog.of(blog(posts, SEED))) for posts in plan.posts],
        "ways": [
            {"name": way.name, "title": way.title, "claims": list(way.claims)} for way in WAYS
        ],
        "cells": cells,
        "code": [code_of(way) for way in WAYS],
        "outages": broken,
        "moving": {"posts": plan.posts[-1], "cells": moved},
        "facts": facts,
    }


def _moved(lab: Lab, late: Newcomer, data: list[PostData], plan: Plan) -> tuple[Rows, Rows]:
    """The copies amid writes; and what has happened, as the log and as a copy have it."""
    lab.reading(plan.posts[-1], exactly=True)
    direct = next(way for way in WAYS if way.columns)
    try:
        moved = list(moving(late, writes(data, late.at, SEED), plan.listens))
        late.copy(direct)
        return moved, [msgspec.structs.asdict(fact) for fact in late.facts()]
    finally:
        lab.has_written()
