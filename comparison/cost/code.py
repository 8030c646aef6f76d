"""Counts what the code costs: its lines by purpose, and the files that a new field of a comment
touches. Read off the source; tests, measurements and the tour are left out."""

from collections.abc import Iterable
from fnmatch import fnmatch
from typing import NamedTuple

from comparison.cost.results import File, FileGroup, Files, Lines, LinesOf, Touched, TouchedOf
from config.processes.paths import BASE
from lab.lines import code_words, count_lines

ALL = ("one", "modules", "services")
WITH_EVENTS = ("modules", "services")


class Group(NamedTuple):
    """``columns`` need its files. A file belongs to the first group with a pattern that matches
    its path."""

    name: str
    title: str
    columns: tuple[str, ...]
    patterns: tuple[str, ...]


GROUPS = (
    Group(
        "read-model",
        "what each keeps of the others' data: handlers, the read model",
        WITH_EVENTS,
        (
            "*/handlers.py",
            "*/migrations/*parked_events.py",
            "query/models.py",
            "query/migrations/*",
            "query/freshness.py",
            "query/remembered.py",
        ),
    ),
    Group(
        "events",
        "event store, outbox, relay, consumers, replay, parking",
        WITH_EVENTS,
        ("eventstore/*",),
    ),
    Group(
        "processes",
        "process control, workers, broker",
        WITH_EVENTS,
        (
            "config/processes/*",
            "config/management/*",
            "config/celery.py",
            "config/file*.py",
            "config/routers.py",
        ),
    ),
    Group("apart", "addresses of services that run apart", ("services",), ("web/origins.py",)),
    Group("blog", "the blog itself: rules, page, forms, API, admin, import", ALL, ("*",)),
)

FOLDERS = ("comments", "config", "eventstore", "importer", "moderation", "posts", "query", "web")
BLOG = ("manage.py", *(f"{folder}/**/*.py" for folder in FOLDERS), "templates/**/*.html")
PLAIN = (
    "comparison/plain/**/*.py",
    "comparison/models.py",
    "comparison/joined.py",
    "comparison/migrations/0001_initial.py",
)
"""The one application that is measured."""

FIELDS = frozenset({"author", "content"})
"""What a person writes in a comment: a further field goes where both are named. Either alone is a
word of others, too: posts have an author, responses a content."""

NOT_IN_PLAIN = ("templates/*", "comments/forms.py", "comments/views.py", "importer/*")
"""What the one application that is measured lacks and a whole one would have: the page's HTML and
forms, the import. A new field touches these in it as well."""


def code() -> LinesOf:
    """The lines of code of each column, as sums of its groups."""
    blog, plain = _counted(BLOG), _counted(PLAIN)
    groups = []
    for group in GROUPS:
        files = [file for file in blog if group_of(file.path) is group]
        groups.append(
            FileGroup(
                name=group.name,
                title=group.title,
                columns=list(group.columns),
                files=files,
                lines=_sum(files),
            )
        )
    cells = []
    for column in ALL:
        files = [file for group in groups if column in group.columns for file in group.files]
        cells.append(Lines(column, _sum(files), len(files)))
    return LinesOf(cells, groups, Files(_sum(plain), plain))


def touched() -> TouchedOf:
    """A migration that names the fields represents a new one in its place."""
    services = naming(source(BLOG))
    missing = [path for path in services if any(fnmatch(path, each) for each in NOT_IN_PLAIN)]
    found = (naming(source(PLAIN)) + missing, services, services)
    cells = [Touched(column, len(files), files) for column, files in zip(ALL, found, strict=True)]
    return TouchedOf(cells, sorted(FIELDS))


def naming(paths: Iterable[str]) -> list[str]:
    """Those whose code has all of the fields' words."""
    return [path for path in paths if code_words(BASE / path) >= FIELDS]


def source(patterns: Iterable[str]) -> list[str]:
    """Paths from the project's folder."""
    return [
        path.relative_to(BASE).as_posix()
        for pattern in patterns
        for path in sorted(BASE.glob(pattern))
    ]


def group_of(path: str) -> Group:
    return next(group for group in GROUPS if any(fnmatch(path, each) for each in group.patterns))


def _counted(patterns: Iterable[str]) -> list[File]:
    """Files without code, as an empty ``__init__.py``, are left out."""
    counted = (File(path, count_lines(BASE / path)) for path in source(patterns))
    return [file for file in counted if file.lines]


def _sum(files: Iterable[File]) -> int:
    return sum(file.lines for file in files)
