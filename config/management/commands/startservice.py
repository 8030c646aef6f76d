"""``manage.py startservice``: the files of a new service. It counts comments, until it is changed
into what it is for."""

import re
import subprocess
import sys
from argparse import ArgumentParser
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.templates import TemplateCommand

from config.processes.paths import BASE, IS_CHECKOUT, MANAGE
from config.services import ALL_SERVICES
from eventstore import terminal
from eventstore.terminal import wrong_usage

TEMPLATE = BASE / "config/service_template"
# A name is an identifier, an alias, a queue and a part of variables. The names of a service's
# indexes begin with it, and have 30 characters at most.
NAME = re.compile(r"[a-z][a-z0-9_]{0,14}")
# Each would be another meaning of an alias, of hindsight-web@all, or of DATABASE_URL and its like.
MEANINGS = {*settings.ALL_ALIASES, "all", "broker", "database", "email"}
# What cannot be derived, because others read it: files that list the services, one a line.
LISTS = {
    ".importlinter": "    {}\n",
    "pyproject.toml": '  "{}",\n',
    "deploy/docker/Dockerfile.dockerignore": "!{}\n",
}
NEXT = """
Next:
  1. add this line to the list in config/services.py:
         "{name}",
  2. {manage} migrate --database {name}
  3. {manage} replay_events {name}
     (or start it: its worker handles all events from the first one on)
  4. .venv/bin/python -m pytest tests/{name}
It counts comments. Have it do what you need, in models.py, handlers.py and api.py, and see
docs/add-a-service.md.
"""


class _Writer(TemplateCommand):
    """Django's ``startapp``, without its rules for the name of the folder that it writes into."""

    def validate_name(self, name: str, name_or_dir: str = "name") -> None:
        pass


class Command(terminal.Command):
    help = "Makes the files of a new service NAME, which counts comments until you change it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="as in: stats")
        parser.add_argument("--dry-run", action="store_true", help="only list the files")

    def handle(self, **options: Any) -> None:
        name, is_dry = options["name"], options["dry_run"]
        check_name(name)
        if not IS_CHECKOUT:
            raise CommandError("startservice needs a checkout: this is an installed package")
        made = files_of(name)
        changed = {path: with_service(path, line, name) for path, line in LISTS.items()}
        if not is_dry:
            options = {"extensions": ["py"], "files": [], "verbosity": 0}
            options |= {"template": str(TEMPLATE), "title": name.capitalize()}
            _Writer().handle("app", name, str(BASE), **options)
            tidy(made)
            for path, text in changed.items():
                (BASE / path).write_text(text)
        for verb, paths in (("make", made), ("change", changed)):
            for path in paths:
                self.stdout.write(f"{'would ' if is_dry else ''}{verb} {path}")
        self.stdout.write(NEXT.format(name=name, manage=MANAGE), ending="")


def check_name(name: str) -> None:
    """Raises CommandError unless a new service can have this name."""
    if not NAME.fullmatch(name) or iskeyword(name):
        raise wrong_usage(
            f"{name!r} cannot be a service's name: it has lower-case letters, digits and _, 15 of "
            "them at most, and is no keyword; for example stats"
        )
    is_module = find_spec(name) or find_spec(f"tests.{name}")
    if is_module or name in apps.app_configs or name in MEANINGS:
        raise wrong_usage(f"{name!r} is taken: a module, an app or a setting has that name")


def files_of(name: str) -> list[str]:
    """The paths of the files that are made, relative to the project's folder."""
    paths = sorted(str(path.relative_to(TEMPLATE)) for path in TEMPLATE.rglob("*.py-tpl"))
    return [path.replace("app_name", name).removesuffix("-tpl") for path in paths]


def with_service(path: str, line: str, name: str) -> str:
    """The text of a file that lists the services, with another one. Raises CommandError."""
    text = (BASE / path).read_text()
    block, side_by_side = "".join(map(line.format, ALL_SERVICES)), " | ".join(ALL_SERVICES)
    if block not in text:
        raise CommandError(f"{path} does not list the services as config/services.py does")
    text = text.replace(block, block + line.format(name))
    return text.replace(side_by_side, f"{side_by_side} | {name}")


def tidy(paths: list[str]) -> None:
    """Where imports are sorted depends on the name: ruff, if it is there, does that."""
    ruff = Path(sys.executable).with_name("ruff")
    if ruff.exists():
        for command in (("check", "--fix-only"), ("format",)):
            arguments = [ruff, *command, "--quiet", *paths]
            subprocess.run(arguments, cwd=BASE, check=False)  # noqa: S603 - our own
