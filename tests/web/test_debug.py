"""``DEBUG``'s pages and ``manage.py diffsettings`` show no passwords, and show the rest."""

import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings

from tests.own import environment

PROGRAM = """
import sys, django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.views.debug import technical_500_response
from django.core.management import call_command

print(Client().get("/", headers={"host": "evil.example"}).text)  # DisallowedHost
print(Client().get("/nowhere/").text)

def connect(url, **options):
    conninfo = "host=db user=ann password=" + options["password"]
    raise RuntimeError(f"cannot reach {url}, {options}")

for accept in ("text/html", "text/plain"):
    try:
        database = settings.DATABASES["posts"]
        connect(settings.BROKER_URL, database=database, password=database["PASSWORD"])
    except RuntimeError:
        request = RequestFactory().post("/login", {"name": "ann"}, headers={"accept": accept})
        print(technical_500_response(request, *sys.exc_info()).text)
call_command("diffsettings", stdout=sys.stdout)
"""
KEY = "a key that nobody should ever see, not even with DEBUG, on any page"


@pytest.mark.parametrize(
    ("in_urls", "password"),
    [("tr0ub4dor", "tr0ub4dor"), ("a%2Fb%3A%40%27%26%3Cz", "a/b:@'&<z"), ("pw", "pw")],
    ids=["plain", "with characters of URLs and HTML", "short"],
)
def test_no_password_and_no_key_is_shown(tmp_path: Path, in_urls: str, password: str) -> None:
    shown = output_of(
        tmp_path,
        BROKER_URL=f"amqp://ann:{in_urls}@broker.example:5672//",
        DATABASE_URL=f"postgres://ann:{in_urls}@db.example/{{alias}}",
        QUERY_DATABASE_URL=f"mysql://ann:{in_urls}@db.example/query?sslpassword={in_urls}",
        ADMIN_PASSWORD="an administrator's",
        SECRET_KEY=KEY,
    )

    for text in (shown, unescape(shown)):
        for secret in (KEY, "an administrator's"):
            assert secret not in text
        for form in (password, in_urls, repr(password)[1:-1]):
            for before in ("ann:", "password=", "'PASSWORD': '", "'password': '"):
                assert before + form not in text
    if len(password) > 3:
        assert password not in unescape(shown)
    for rest in ("DisallowedHost", "broker.example:5672", "db.example", "cannot reach amqp://ann:"):
        assert rest in shown
    assert "CELERY_BROKER_URL" in shown.rpartition("</html>")[2]  # of diffsettings


def output_of(tmp_path: Path, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=settings.BASE_DIR,
        env=environment(tmp_path, DEBUG="1", DJANGO_SETTINGS_MODULE="config.settings", **variables),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr
