"""Which file of the blog is there for what. Tests, measurements and the tour are left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from config.processes.paths import BASE

ALL = ("one", "modules", "services")
APART = ("modules", "services")


@dataclass(frozen=True)
class Group:
    """``columns`` are those that need its files. ``patterns`` are held against a file's path, and
    the first group that one fits has the file."""

    name: str
    title: str
    columns: tuple[str, ...]
    patterns: tuple[str, ...]


GROUPS = (
    Group(
        "read-model",
        "what each keeps of what others said: handlers, the read model",
        APART,
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
        APART,
        ("eventstore/*",),
    ),
    Group(
        "processes",
        "process control, workers, broker",
        APART,
        (
            "config/processes/*",
            "config/management/*",
            "config/celery.py",
            "config/file*.py",
            "config/routers.py",
        ),
    ),
    Group("apart", "addresses of services that run apart", ("services",), ("web/origins.py",)),
    Group(
        "blog",
        "the blog itself: rules, page, forms, API, admin, import",
        ALL,
        ("*",),
    ),
)

FOLDERS = ("comments", "config", "eventstore", "importer", "moderation", "posts", "query", "web")
TEMPLATES = "templates"

PLAIN = ("comparison/plain", "comparison/models.py", "comparison/joined.py")
PLAIN_MIGRATIONS = ("comparison/migrations/0001_initial.py", "comparison/migrations/*_cost.py")
"""The one application that is measured."""


def files() -> Iterator[Path]:
    """The blog's source, as paths from the project's folder."""
    yield Path("manage.py")
    for folder in FOLDERS:
        for path in sorted((BASE / folder).rglob("*.py")):
            inside = path.relative_to(BASE)
            yield inside
    yield from (path.relative_to(BASE) for path in sorted((BASE / TEMPLATES).rglob("*.html")))


def group_of(path: Path) -> Group:
    name = path.as_posix()
    return next(
        group for group in GROUPS if any(fnmatch(name, pattern) for pattern in group.patterns)
    )


def plain_files() -> list[Path]:
    """The source of the one application that is measured."""
    found = [path for place in PLAIN for path in _python(BASE / place)]
    found += [path for pattern in PLAIN_MIGRATIONS for path in sorted(BASE.glob(pattern))]
    return [path.relative_to(BASE) for path in found]


def _python(place: Path) -> list[Path]:
    return sorted(place.rglob("*.py")) if place.is_dir() else [place]
