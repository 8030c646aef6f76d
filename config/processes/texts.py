"""What ``run`` says on the terminal."""

import contextlib

from config.processes.layout import HOST, Layout
from config.processes.places import Places


def say(text: str) -> None:
    """Prints. A terminal that has gone must not keep us from stopping everything."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


def banner(plan: Layout, places: Places, hosts: str) -> str:
    """``hosts`` is ``ALLOWED_HOSTS``: where they leave out ours, only a proxy gets an answer."""
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
            _running(hosts),
            "",
            *lines,
            "",
            f"  {'logs':12}{places.logs}",
            f"  {'processes':12}make status",
            "",
            "Ctrl+C stops everything.",
        ]
    )


def _running(hosts: str) -> str:
    names = [name.strip() for name in hosts.split(",") if name.strip()]
    if not names or HOST in names or "*" in names:
        return "Hindsight is running."
    return f"Hindsight is running for {', '.join(names)}: a proxy that passes this on finds it at"
