"""What is compared (a column each): three ways to run the blog, on processes and databases of
their own."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from config.processes.layout import Layout, layout
from lab.sandbox import BLOG_SETTINGS


@dataclass(frozen=True)
class Column:
    """``plan`` lays out its processes from a port on; the page is read at ``path``."""

    name: str
    title: str
    short: str
    plan: Callable[[int], Layout]
    path: str = "/api/query/posts/"
    settings: str = BLOG_SETTINGS


def plain(port: int) -> Layout:
    """One web process, from the same server with the same options; nothing else."""
    modules = layout("monolith", port)
    return replace(modules, programs=(replace(modules.webs[0], name="plain", service="plain"),))


OF_PLAIN = {"path": "/api/posts/", "settings": "comparison.plain.settings"}
COLUMNS = (
    Column("one", "One application, one database", "one application", plain, **OF_PLAIN),
    Column("modules", "Monolith of modules", "modules", partial(layout, "monolith")),
    Column("services", "Services", "services", partial(layout, "services")),
)
