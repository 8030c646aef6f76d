"""``web`` and ``worker``: one process in the foreground, for systemd or a container."""

import os
import sys
from collections.abc import Mapping
from typing import Literal, NoReturn

from config.processes.layout import MODULES, layout, web_command
from config.processes.paths import BASE, RunPaths
from config.processes.runner import port_of


def become(
    kind: Literal["web", "worker"], service: str, environment: Mapping[str, str], host: str
) -> NoReturn:
    """Replaces this process by one of `service`, which opens no other's databases. Without a
    service it is the web process of all, or of those in ``SERVICES``. The port is that of
    ``run-services``. Nothing is prepared: ``migrate`` does that. Raises ProcessError."""
    os.umask(0o077)  # what it writes is for us alone
    plan = layout(
        "services" if service else "monolith",
        port_of(environment),
        environment.get("QUEUE_PREFIX", ""),
    )
    name = f"{service}-{kind}" if service else MODULES
    [program] = [each for each in plan.programs if each.name == name]
    command = web_command(program.port, host) if program.port else program.command
    env = {**environment, **program.environment, "VAR_DIR": str(RunPaths.of(environment).var)}
    os.chdir(BASE)  # Python finds our packages in its working folder
    os.execve(sys.executable, [sys.executable, *command[1:]], env)  # noqa: S606 - our own
