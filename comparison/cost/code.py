"""Counts what the code costs: its lines by purpose, and the files that a new field of a comment
touches. Read off the source; tests, measurements and the tour are left out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from comparison.cost.results import File, FileGroup, Files, Lines, LinesOf, Touched, TouchedOf
from config.processes.paths import BASE
from lab.lines import code_words, count_lines

ALL = ("one", "modules", "services")
WITH_EVENTS = ("modules", "services")


@dataclass(frozen=True)
class Group:
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
    paths: dict[str, list[Path]] = {group.name: [] for group in GROUPS}
    for path in files():
        paths[group_of(path).name].append(path)
    groups = [
        FileGroup(
            name=group.name,
            title=group.title,
            columns=list(group.columns),
            files=(counted := _counted(paths[group.name])),
            lines=_sum(counted),
        )
        for group in GROUPS
    ]
    plain = _counted(plain_files())
    return LinesOf([_cell(name, groups) for name in ALL], groups, Files(_sum(plain), plain))


def touched() -> TouchedOf:
    """A migration that names the fields represents a new one in its place."""
    services = naming(files())
    missing = [path for path in services if any(fnmatch(path, each) for each in NOT_IN_PLAIN)]
    one = naming(plain_files()) + missing
    cells = [
        Touched(column, len(found), found)
        for column, found in zip(ALL, (one, services, services), strict=True)
    ]
    return TouchedOf(cells, sorted(FIELDS))


def naming(paths: Iterable[Path], fields: frozenset[str] = FIELDS) -> list[str]:
    """Those whose code has all of these words."""
    return [path.as_posix() for path in paths if fields <= code_words(BASE / path)]


def files() -> Iterator[Path]:
    """The blog's source, as paths from the project's folder."""
    yield Path("manage.py")
    for folder in FOLDERS:
        yield from _found(f"{folder}/**/*.py")
    yield from _found("templates/**/*.html")


def plain_files() -> list[Path]:
    return [path for pattern in PLAIN for path in _found(pattern)]


def group_of(path: Path) -> Group:
    name = path.as_posix()
    return next(
        group for group in GROUPS if any(fnmatch(name, pattern) for pattern in group.patterns)
    )


def _found(pattern: str) -> list[Path]:
    return sorted(path.relative_to(BASE) for path in BASE.glob(pattern))


def _counted(paths: Iterable[Path]) -> list[File]:
    """Files without code, as an empty ``__init__.py``, are left out."""
    counted = [File(path.as_posix(), count_lines(BASE / path)) for path in paths]
    return [file for file in counted if file.lines]


def _sum(files: Iterable[File]) -> int:
    return sum(file.lines for file in files)


def _cell(column: str, groups: Iterable[FileGroup]) -> Lines:
    needed = [group for group in groups if column in group.columns]
    return Lines(
        column, sum(group.lines for group in needed), sum(len(group.files) for group in needed)
    )
