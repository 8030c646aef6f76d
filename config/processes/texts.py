"""What ``run`` says on the terminal."""

import contextlib

from config.processes.layout import Layout
from config.processes.places import Places


def say(text: str) -> None:
    """Prints. A terminal that has gone must not keep us from stopping everything."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


def banner(plan: Layout, places: Places) -> str:
    if plan.topology == "monolith":
        [web] = plan.webs
        addresses = {"page": web.address, "admin": f"{web.address}/admin/"}
        addresses["API"] = f"{web.address}/api/docs/"
    else:
        addresses = {"page": plan.webs[0].address}
        addresses |= {web.service: f"{web.address}/admin/" for web in plan.webs}
    lines = [f"  {name:12}{address}" for name, address in addresses.items()]
    return "\n".join(
        [
            "",
            "Hindsight is running.",
            "",
            *lines,
            "",
            f"  {'logs':12}{places.logs}",
            f"  {'processes':12}make status",
            "",
            "Ctrl+C stops everything.",
        ]
    )
