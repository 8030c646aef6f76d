"""The example of an environment: its names are settings, and the blog starts with it."""

import re
from pathlib import Path

from config.processes.paths import BASE
from tests.deploy.documented import documented_settings
from tests.own import command, environment

TEXT = (BASE / "deploy/hindsight.env.example").read_text()
SECRETS, SECRET = ("_SECRET", "SECRET_KEY"), "for tests only " * 5
NEEDED = {"ALLOWED_HOSTS", "SECRET_KEY", "TLS", "NUM_PROXIES", "DATABASE_URL", "BROKER_URL"}


def variables(text: str) -> dict[str, str]:
    """As systemd and Docker read such a file; what is commented out is not there."""
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))


def test_every_name_is_a_setting() -> None:
    named = variables(TEXT.replace("\n#", "\n"))

    assert named.keys() >= NEEDED | {"ADMIN_PASSWORD", "SERVICES"}
    assert named.keys() <= documented_settings()


def test_the_blog_starts_with_it_once_it_has_a_key(tmp_path: Path) -> None:
    everything = variables(TEXT.replace("\n#", "\n"))
    everything |= dict.fromkeys((name for name in everything if name.endswith(SECRETS)), SECRET)
    check = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert command(environment(tmp_path, **everything), *check).startswith("System check")
