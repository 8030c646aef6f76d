"""What is compared: three ways to run the blog, each on its own processes and databases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from config.processes.layout import Layout, layout
from lab.sandbox import BLOG_SETTINGS


@dataclass(frozen=True)
class Column:
    """``plan`` lays its processes out from a port on. ``given`` are settings of all of them.
    ``filled_by`` is the module that makes its databases. ``writes``: the process that takes each
    kind of write; ``reads``: the one that the page is read from, at ``shown``."""

    name: str
    title: str
    short: str
    plan: Callable[[int], Layout]
    given: Mapping[str, str]
    filled_by: str
    writes: Mapping[str, str] = field(repr=False)
    reads: str
    shown: str = "/api/query/posts/"


def plain(port: int) -> Layout:
    """One web process, from the same server with the same options; nothing else."""
    modules = layout("monolith", port)
    web = replace(modules.webs[0], name="plain", service="plain")
    return replace(modules, programs=(web,))


AS_IT_IS = {"DJANGO_SETTINGS_MODULE": BLOG_SETTINGS}  # nothing is counted, no faults
FILL_SERVICES = "comparison.cost.inside.fill_services"

COLUMNS = (
    Column(
        name="one",
        title="One application, one database",
        short="one application",
        plan=plain,
        given={"DJANGO_SETTINGS_MODULE": "comparison.plain.settings"},
        filled_by="comparison.cost.inside.fill_plain",
        writes={"posts": "plain", "comments": "plain"},
        reads="plain",
        shown="/api/posts/",
    ),
    Column(
        name="modules",
        title="Monolith of modules",
        short="modules",
        plan=lambda port: layout("monolith", port),
        given=AS_IT_IS,
        filled_by=FILL_SERVICES,
        writes={"posts": "web", "comments": "web"},
        reads="web",
    ),
    Column(
        name="services",
        title="Services",
        short="services",
        plan=lambda port: layout("services", port),
        given=AS_IT_IS,
        filled_by=FILL_SERVICES,
        writes={"posts": "posts", "comments": "comments"},
        reads="query",
    ),
)
