"""What is compared (a column each): three ways to run the blog, on processes and databases of
their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from config.processes.layout import Layout, layout
from lab.sandbox import BLOG_SETTINGS


@dataclass(frozen=True)
class Column:
    """``plan`` lays out its processes from a port on; ``settings`` are environment variables of
    all of them. ``writes``: the process that takes each kind of write; ``reads``: the one from
    which the page is read, at ``shown``."""

    name: str
    title: str
    short: str
    plan: Callable[[int], Layout]
    settings: Mapping[str, str]
    writes: Mapping[str, str] = field(repr=False)
    reads: str
    shown: str = "/api/query/posts/"


def plain(port: int) -> Layout:
    """One web process, from the same server with the same options; nothing else."""
    modules = layout("monolith", port)
    web = replace(modules.webs[0], name="plain", service="plain")
    return replace(modules, programs=(web,))


UNCHANGED = {"DJANGO_SETTINGS_MODULE": BLOG_SETTINGS}
"""Statements are not counted, faults cannot be injected."""

COLUMNS = (
    Column(
        name="one",
        title="One application, one database",
        short="one application",
        plan=plain,
        settings={"DJANGO_SETTINGS_MODULE": "comparison.plain.settings"},
        writes={"posts": "plain", "comments": "plain"},
        reads="plain",
        shown="/api/posts/",
    ),
    Column(
        name="modules",
        title="Monolith of modules",
        short="modules",
        plan=lambda port: layout("monolith", port),
        settings=UNCHANGED,
        writes={"posts": "web", "comments": "web"},
        reads="web",
    ),
    Column(
        name="services",
        title="Services",
        short="services",
        plan=lambda port: layout("services", port),
        settings=UNCHANGED,
        writes={"posts": "posts", "comments": "comments"},
        reads="query",
    ),
)
