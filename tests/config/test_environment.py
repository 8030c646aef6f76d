"""What a setting may be, and that anything else is refused by its name and value."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment as env
from config.databases import database
from config.environment import throttle_rates
from tests.own import command, environment

NAME = "A_SETTING"


@pytest.mark.parametrize("variables", [{}, {NAME: ""}], ids=["not set", "empty"])
def test_an_empty_setting_counts_as_not_set(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert env.text(NAME, "x") == "x"
    assert env.words(NAME) == env.urls(NAME) == []
    assert env.switch(NAME) is False
    assert env.choice(NAME, "hold", ["approve", "hold"]) == "hold"
    assert (env.whole(NAME, 3), env.number(NAME, 0.5)) == (3, 0.5)
    assert (env.url(NAME), env.time_zone(NAME)) == ("", "UTC")


@pytest.mark.parametrize(
    ("value", "read", "meant"),
    [
        *((value, env.switch, True) for value in ("1", "true", "TRUE", "yes", "on", " on ")),
        *((value, env.switch, False) for value in ("0", "false", "no", "Off")),
        ("a, b,,", env.words, ["a", "b"]),
        ("$tart$", env.text, "$tart$"),
        ("7", lambda name: env.whole(name, 1), 7),
        ("0", lambda name: env.whole(name, 1), 0),
        ("1e-3", lambda name: env.number(name, 1), 0.001),
        ("http://{host}:8001", env.url, "http://{host}:8001"),
        ("https://blog.example/posts/", env.url, "https://blog.example/posts"),
        ("http://[::1]:8001", env.url, "http://[::1]:8001"),
        ("https://a.example, https://*.b", env.urls, ["https://a.example", "https://*.b"]),
        ("Europe/Vienna", env.time_zone, "Europe/Vienna"),
    ],
)
def test_a_setting_is_read_as_what_it_means(
    monkeypatch: pytest.MonkeyPatch, value: str, read: Callable[[str], Any], meant: object
) -> None:
    monkeypatch.setenv(NAME, value)

    assert read(NAME) == meant


WRONG: dict[str, list[str]] = {
    **{
        name: ["enabled", "maybe", "2", "tru"]
        for name in ("TLS", "DEBUG", "CORS_ALLOW_CREDENTIALS")
    },
    "CONSUMER_BATCH": ["0", "-1", "many", "1.5", "1" + "0" * 20],
    "SWEEP_INTERVAL": ["0", "-1", "often", "nan", "inf", "1e-9"],
    "BROKER_POLLING_INTERVAL": ["0", "-1", "x"],
    "POSITION_WAIT": ["-5", "x", "nan"],
    "READY_LAG_SECONDS": ["-1", "x"],
    "RETRY_SCALE": ["-1", "x", "1,5"],
    "TASK_SOFT_TIME_LIMIT": ["0", "-1", "x"],
    "TASK_TIME_LIMIT": ["0", "50", "x"],
    "RESULT_EXPIRES": ["-1", "x"],
    "RESULT_LIMIT": ["-1", "x"],
    "HSTS_SECONDS": ["-1", "x"],
    "MAX_BODY_BYTES": ["0", "1 MB"],
    "NUM_PROXIES": ["-1", "one"],
    "POSTS_URL": ["notaurl", "ftp://a", "http://", "http://a:x", "http://a:0", "http://[a", "a b"],
    "QUERY_URL": ["http://a b", "http://a/?b", "//a"],
    "CSRF_TRUSTED_ORIGINS": ["blog.example", "https://a.example,b"],
    "CORS_ALLOWED_ORIGINS": ["*", "null", "app.example", "https://*.a.example", "https://a/b"],
    "MODERATION_DEFAULT": ["reject"],
    "MODERATION_DIGEST_SECONDS": ["-1", "often"],
    "MODERATION_EMAIL": ["mo", "mo@blog.example, ma", "mo@blog.example\nBcc: all@blog.example"],
    "MODERATION_CHECK_SECONDS": ["0", "x"],
    "EMAIL_FROM": ["mo"],
    "EMAIL_TIMEOUT": ["0", "x"],
    "LOG_FORMAT": ["xml"],
    "LOG_LEVEL": ["loud", "info"],
    "TIME_ZONE": ["Mars", "Europe", "../x", "/etc/passwd"],
}
TRY = """
import importlib, json, os, sys
from django.core.exceptions import ImproperlyConfigured
import config.settings
messages = {}
for name, values in json.loads(sys.argv[1]).items():
    for value in values:
        os.environ[name] = value
        try:
            importlib.reload(config.settings)
        except ImproperlyConfigured as error:
            messages[f"{name}={value}"] = str(error)
    del os.environ[name]
importlib.reload(config.settings)
print(json.dumps(messages))
"""


def test_a_value_that_cannot_be_used_is_refused_by_name(tmp_path: Path) -> None:
    refused = json.loads(command(environment(tmp_path), "-c", TRY, json.dumps(WRONG)))

    for name, values in WRONG.items():
        for value in values:
            message = refused[f"{name}={value}"]
            assert message.startswith(f"{name} is "), message
            assert message.endswith(f", not {value!r}"), message


OFF = {
    "READY_LAG_SECONDS": ["0"],
    "POSITION_WAIT": ["0"],
    "RETRY_SCALE": ["0"],
    "HSTS_SECONDS": ["0"],
    "NUM_PROXIES": ["0"],
    "THROTTLE_WRITES": [""],
    "TASK_SOFT_TIME_LIMIT": ["100"],  # the other limit follows
    "CONSUMER_BATCH": ["", "1"],
    "LOG_FORMAT": [""],
}


def test_values_with_a_meaning_are_accepted(tmp_path: Path) -> None:
    assert json.loads(command(environment(tmp_path), "-c", TRY, json.dumps(OFF))) == {}


@pytest.mark.parametrize(
    "url", ["amqp://a:secret/b@h", "redis://a:secret@h:x", "kafka://a:secret@h"]
)
def test_a_brokers_url_that_cannot_be_used_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("BROKER_URL", url)

    with pytest.raises(ImproperlyConfigured, match=r"^BROKER_URL") as raised:
        env.broker_url()
    assert "secret" not in str(raised.value)


READ = {
    "nothing": ({}, ("60/min", "600/min", "10/min")),
    "ten times as much for all": ({"THROTTLE_WRITES": "7/s"}, ("7/s", "70/s", "10/min")),
    "none": ({"THROTTLE_WRITES": ""}, (None, None, "10/min")),
    "none but for all": (
        {"THROTTLE_WRITES": "", "THROTTLE_WRITES_ALL": "9/s"},
        (None, "9/s", "10/min"),
    ),
    "none for all": ({"THROTTLE_WRITES_ALL": ""}, ("60/min", None, "10/min")),
    "any number of logins": ({"THROTTLE_LOGINS": ""}, ("60/min", "600/min", None)),
}
NAMES = ["THROTTLE_WRITES", "THROTTLE_WRITES_ALL", "THROTTLE_LOGINS"]


@pytest.mark.parametrize(("variables", "rates"), READ.values(), ids=READ)
def test_the_limits_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], rates: tuple[str | None, ...]
) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert tuple(throttle_rates().values()) == rates


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate", ["60", "60/fortnight", "0/min", "x"])
def test_a_limit_that_cannot_be_read_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, rate: str
) -> None:
    monkeypatch.setenv(name, rate)
    with pytest.raises(ImproperlyConfigured, match=f"{name} is like 60/min, not '{rate}'"):
        throttle_rates()


@pytest.mark.parametrize("url", ["sqlite:///{}.db", "postgres://h/{}", "mysql://h/{}"])
def test_databases_share_no_settings_that_django_may_change(url: str) -> None:
    one, other = (database(name, url.format(name), Path()) for name in ("posts", "comments"))

    assert [name for name, value in one.items() if isinstance(value, dict)] == ["OPTIONS", "TEST"]
    assert one["OPTIONS"] is not other["OPTIONS"]
    assert one["TEST"] is not other["TEST"]


@pytest.mark.parametrize(
    "url",
    [
        *("smtp://mo:secret@", "smtp://mo:secret@h:x", "http://mo:secret@h", "memorymail://secret"),
        *("smtp://mo:secret@h?fail_silently=1", "smtp://[secret", "secret"),
    ],
)
def test_a_mail_servers_url_that_cannot_be_used_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("EMAIL_URL", url)

    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_URL is like") as raised:
        env.email_server()

    assert "secret" not in str(raised.value)


def test_a_mail_server_is_read_from_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMAIL_URL", raising=False)
    assert env.email_server()["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"

    monkeypatch.setenv("EMAIL_URL", "smtp+tls://mo%40blog:p%2Fw@mail.example")
    found = env.email_server()

    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example", 587)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("mo@blog", "p/w")
    assert found["EMAIL_USE_TLS"] is True

    for url, folder in (("filemail:///a/b", "/base/a/b"), ("filemail:////a/b", "/a/b")):
        monkeypatch.setenv("EMAIL_URL", url)
        assert env.email_server(Path("/base"))["EMAIL_FILE_PATH"] == folder


STRONG = "s" * 32


@pytest.mark.parametrize(
    ("url", "secret", "name"),
    [
        *((f"{url}secret", STRONG, "_URL") for url in ("ftp://h/", "//h/", "h/", "http:///")),
        *((f"http://{url}/secret", STRONG, "_URL") for url in ("a b", "mo:secret@h", "h:0", "h:x")),
        ("http://h/\r\nsecret", STRONG, "_URL"),
        ("http://h/secret", "", "_SECRET"),
        ("http://h/secret", "secret", "_SECRET"),
        ("http://h/secret", "whsec_" + "secret!" * 6, "_SECRET"),
        ("http://h/secret", "whsec_" + "c2VjcmV0", "_SECRET"),
    ],
)
def test_a_webhook_that_cannot_be_used_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, url: str, secret: str, name: str
) -> None:
    monkeypatch.setenv(f"{NAME}_URL", url)
    monkeypatch.setenv(f"{NAME}_SECRET", secret)

    with pytest.raises(ImproperlyConfigured, match=f"{NAME}{name} ?[,i]") as raised:
        env.webhook(NAME)

    assert "secret" not in str(raised.value).replace("import secrets; print(secrets", "")


def test_a_webhook_has_a_url_with_all_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.webhook(NAME) == ("", "")

    monkeypatch.setenv(f"{NAME}_URL", "https://127.0.0.1:8080/hook/?token=x")
    monkeypatch.setenv(f"{NAME}_SECRET", STRONG)
    assert env.webhook(NAME) == ("https://127.0.0.1:8080/hook/?token=x", STRONG)
