"""Behind TLS, all that we say is for TLS alone."""

import json
from pathlib import Path

from tests.own import command, environment

TELL = """
import json, django
django.setup()
from django.test import Client
plain = Client().get("/api/", headers={"host": "blog.example"})
secure = Client().get("/admin/login/", headers={"host": "blog.example"}, secure=True)
proxied = Client().get("/api/", headers={"host": "blog.example", "x-forwarded-proto": "https"})
print(json.dumps([
    [plain.status_code, plain.headers["Location"]],
    [proxied.status_code, proxied.headers["Location"]],
    [secure.status_code, secure.headers["Strict-Transport-Security"]],
    [bool(cookie["secure"]) for cookie in secure.cookies.values()],
]))
"""


def test_behind_tls_all_of_it_is_secure(tmp_path: Path) -> None:
    told = command(
        environment(
            tmp_path,
            DJANGO_SETTINGS_MODULE="config.settings",
            TLS="1",
            SECRET_KEY="for tests only " * 5,
            ALLOWED_HOSTS="blog.example",
        ),
        *("-c", TELL),
    )
    assert json.loads(told) == [
        [301, "https://blog.example/api/"],
        [302, "/api/docs/"],
        [200, "max-age=31536000; includeSubDomains; preload"],
        [True],
    ]
