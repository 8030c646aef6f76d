"""Moderators are notified of new pending comments, each once, and nothing waits for that."""

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.test import override_settings
from django.utils import timezone

from comments.services import update_comment
from moderation import notices, services
from moderation.models import Channel, Notice, Review
from posts.models import Post
from tests.histories import settle
from tests.moderation.moderating import comment_on
from tests.receivers import (
    MailServer,
    Receiver,
    disconnects,
    drips,
    drips_headers,
    hangs,
    mail_server,
    receiving,
    refuses,
    responds,
)

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

SECRET = "a secret that is long enough for all"
SECONDS = 0.3  # for a call to a server that hangs: then it is given up
PATIENT_SECONDS = 20.0  # for one that responds, on a busy machine; and for what must not hang


@pytest.fixture(autouse=True)
def _held(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MODERATION_DEFAULT = "hold"
    settings.MODERATION_DIGEST_SECONDS = 0
    settings.ALLOWED_HOSTS, settings.TLS = ["localhost", ".any.example", "blog.example"], True
    settings.EMAIL_TIMEOUT = PATIENT_SECONDS
    monkeypatch.setattr(notices, "WEBHOOK_SECONDS", PATIENT_SECONDS)


@contextmanager
def _impatient() -> Iterator[None]:
    """Who does not respond at once is given up."""
    with (
        override_settings(EMAIL_TIMEOUT=SECONDS),
        patch.object(notices, "WEBHOOK_SECONDS", SECONDS),
    ):
        yield


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with receiving() as receiver:
        settings.MODERATION_WEBHOOK_URL = receiver.url
        settings.MODERATION_WEBHOOK_SECRET = SECRET
        yield receiver


@pytest.fixture
def smtp(settings: Any) -> Iterator[MailServer]:
    with mail_server() as server:
        settings.MODERATION_EMAIL = ["mo@blog.example", "ma@blog.example"]
        settings.EMAIL_BACKEND = "web.outbound.Mailer"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


def _later(seconds: float = 3700) -> None:
    """Time passes."""
    for notice in Notice.objects.all():
        for name in ("new_since", "due_at"):
            if at := getattr(notice, name):
                setattr(notice, name, at - timedelta(seconds=seconds))
        notice.save()


def _verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As docs/moderation.md has it."""
    signed = b"%s.%s.%s" % (
        headers["webhook-id"].encode(),
        headers["webhook-timestamp"].encode(),
        body,
    )
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    is_new = abs(time.time() - int(headers["webhook-timestamp"])) < 300
    return is_new and hmac.compare_digest(expected, headers["webhook-signature"])


def test_what_is_new_and_pending_is_posted_once_and_signed(post: Post, receiver: Receiver) -> None:
    first = comment_on(post, "Is **this** on?", author="Ann")
    services.decide(comment_on(post, "Seen"), "approved", decided_by="mo")

    notices.run()
    notices.run()

    [got] = receiver.got
    assert _verified(SECRET, got.headers, got.body)
    assert not _verified(SECRET, got.headers, got.body + b" ")
    assert got.path == "/hook?token=very-secret"
    assert UUID(got.headers["webhook-id"])
    assert (got.json["type"], got.json["data"]["new"]) == ("comments.pending", 1)
    assert (got.json["data"]["pending"], got.json["data"]["more"]) == (1, 0)
    [entry] = got.json["data"]["comments"]
    assert entry["comment_id"] == str(first)
    assert (entry["author"], entry["excerpt"]) == ("Ann", "Is this on?")
    assert entry["post_title"] == "A title"
    assert entry["url"] == f"https://blog.example/admin/moderation/review/{first}/change/"


def test_nothing_is_sent_if_nothing_new_waits(post: Post, receiver: Receiver) -> None:
    notices.run()
    services.decide(comment_on(post, "Fine"), "approved", decided_by="mo")
    notices.run()

    assert receiver.got == []


def test_a_digest_waits_for_more(post: Post, receiver: Receiver, settings: Any) -> None:
    settings.MODERATION_DIGEST_SECONDS = 900
    comment_on(post, "One")
    notices.run()
    comment_on(post, "Two")
    _later(890)
    notices.run()
    assert receiver.got == []

    _later(20)
    notices.run()
    comment_on(post, "Three")
    notices.run()

    assert [got.json["data"]["new"] for got in receiver.got] == [2]
    _later(910)
    notices.run()
    assert [got.json["data"]["new"] for got in receiver.got] == [2, 1]


def test_ten_thousand_at_once_are_one_digest(post: Post, receiver: Receiver) -> None:
    Review.objects.bulk_create(
        Review(comment_id=uuid4(), post_id=post.id, author="Spam", content=f"Spam {number}")
        for number in range(10_000)
    )

    notices.run()
    notices.run()

    [got] = receiver.got
    data = got.json["data"]
    assert (data["new"], data["pending"], data["more"]) == (10_000, 10_000, 9_980)
    assert len(data["comments"]) == 20
    assert len(got.body) < 20_000


HANG = (hangs, drips, drips_headers)
FAILURES: list[tuple[Any, str]] = [
    (responds(503), "it responded with 503"),
    (responds(302, b"", "Location: http://127.0.0.1:1/"), "302, a redirect"),
    (hangs, "no response within 0.3 seconds"),
    (drips, "no response within 0.3 seconds"),
    (drips_headers, "no response within 0.3 seconds"),
    (lambda peer, got: peer.send(b"\xff\r\n\r\n"), "cannot be reached (BadStatusLine)"),
    (lambda peer, got: None, "cannot be reached (RemoteDisconnected)"),
    (responds(200, b"x" * 100_000), "too long"),
]


def test_a_receiver_that_fails_gets_the_same_again_later(
    post: Post, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    for behave, error in FAILURES:
        receiver.behave = behave
        comment_on(post, "Hello")
        began = time.monotonic()
        with _impatient() if behave in HANG else nullcontext():
            notices.run()
            notices.run()
        assert time.monotonic() - began < PATIENT_SECONDS
        assert error in Notice.objects.get(channel=Channel.WEBHOOK).error
        assert "very-secret" not in caplog.text
        assert len(receiver.got) == 1

        receiver.behave = responds(204)
        _later()
        notices.run()
        notices.run()
        first, second = receiver.got
        assert first.body == second.body
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert Notice.objects.get(channel=Channel.WEBHOOK).error == ""
        receiver.got.clear()


def test_pauses_grow_and_what_comes_meanwhile_is_one_more_digest(
    post: Post, receiver: Receiver
) -> None:
    receiver.behave = responds(500)
    pauses = []
    for number in range(8):
        comment_on(post, f"Comment {number}")
        notices.run()
        due_at = Notice.objects.get(channel=Channel.WEBHOOK).due_at
        assert due_at
        pauses.append(round((due_at - timezone.now()).total_seconds(), -1))
        _later()

    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    receiver.behave = responds()
    notices.run()
    notices.run()
    assert [got.json["data"]["new"] for got in receiver.got[-2:]] == [1, 7]


def test_a_worker_that_died_amid_a_call_is_followed_by_another(
    post: Post, receiver: Receiver
) -> None:
    comment_on(post, "Hello")
    notices.collect(Channel.WEBHOOK)
    assert notices._claimed(Channel.WEBHOOK)  # and there its process ends

    notices.run()
    assert receiver.got == []
    _later()
    notices.run()

    assert len(receiver.got) == 1


def test_another_worker_sends_nothing_meanwhile(
    post: Post, receiver: Receiver, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_post", "_mail"):
        send = getattr(notices, name)

        def both(own: Notice, send: Any = send) -> None:
            notices.run()
            send(own)
            notices.run()

        monkeypatch.setattr(notices, name, both)
    for number in range(5):
        comment_on(post, f"Comment {number}")

    notices.run()

    assert [got.json["data"]["new"] for got in receiver.got] == [5]
    assert len(smtp.got) == 1


def test_a_comment_that_waits_once_more_is_new(post: Post, receiver: Receiver) -> None:
    comment = comment_on(post, "Hello")
    notices.run()
    services.decide(comment, "approved", decided_by="mo")
    settle()
    update_comment(comment, content="Hello, and pills", by_sender=True)
    settle()
    notices.run()

    assert [got.json["data"]["comments"][0]["excerpt"] for got in receiver.got] == [
        "Hello",
        "Hello, and pills",
    ]


# --- Mail


def test_moderators_get_a_mail(post: Post, smtp: MailServer) -> None:
    comment = comment_on(post, "Hello\nthere", author="Ann <b>")
    comment_on(post, "And one more")

    notices.run()
    notices.run()

    [message] = smtp.got
    assert message["Subject"] == "2 new comments to moderate, 2 pending"
    assert message["To"] == "mo@blog.example, ma@blog.example"
    assert smtp.recipients == ["<mo@blog.example>", "<ma@blog.example>"]
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content().replace("\r\n", "\n")
    assert "Ann <b> on “A title”\n   Hello there\n" in text
    assert f"https://blog.example/admin/moderation/review/{comment}/change/" in text


def test_no_text_of_a_comment_becomes_a_header(post: Post, smtp: MailServer) -> None:
    Review.objects.create(
        comment_id=uuid4(),
        post_id=post.id,
        author="Ann\r\nBcc: all@blog.example",
        content="Hi\r\n.\r\nMAIL FROM:<x@y>\r\n\x1b[2J",
    )

    notices.run()

    [message] = smtp.got
    assert message["Bcc"] is None
    assert len(smtp.recipients) == 2
    assert "Ann Bcc: all@blog.example" in message.get_content()
    assert "\x1b" not in message.get_content()


@pytest.mark.parametrize(
    "behave", [refuses, disconnects, lambda peer: peer.hang(), lambda peer: peer.drip(b"2")]
)
def test_a_mail_server_that_fails_gets_it_later_once(
    post: Post, smtp: MailServer, behave: Any
) -> None:
    for number, command in enumerate(("GREETING", "MAIL", "RCPT", "DATA"), start=1):
        smtp.at[command] = behave
        comment_on(post, "Hello")
        began = time.monotonic()
        with nullcontext() if behave in (refuses, disconnects) else _impatient():
            notices.run()
        assert time.monotonic() - began < PATIENT_SECONDS
        assert smtp.got == []

        smtp.at.clear()
        _later()
        notices.run()
        is_unknown = command == "DATA" and behave is not refuses
        assert [message["Subject"] for message in smtp.got] == (
            [] if is_unknown else [f"1 new comment to moderate, {number} pending"]
        )
        smtp.got.clear()


@pytest.mark.parametrize("behave", [disconnects, lambda peer: peer.hang()])
def test_a_mail_that_may_have_arrived_is_not_sent_again(
    post: Post, smtp: MailServer, behave: Any
) -> None:
    smtp.at["SENT"] = behave
    comment_on(post, "Hello")

    with nullcontext() if behave is disconnects else _impatient():
        notices.run()
    _later()
    notices.run()

    assert len(smtp.got) == 1
    assert "may not have arrived" in Notice.objects.get(channel=Channel.EMAIL).error


def test_a_worker_that_died_while_it_sent_a_mail_leaves_it(post: Post, smtp: MailServer) -> None:
    comment_on(post, "Hello")
    notices.collect(Channel.EMAIL)
    notices._claimed(Channel.EMAIL)
    Notice.objects.update(handed_over=True)  # and there its process ends

    _later()
    notices.run()
    comment_on(post, "And more")
    notices.run()

    assert [message["Subject"] for message in smtp.got] == ["1 new comment to moderate, 2 pending"]


def test_any_backend_of_django_will_do(post: Post, settings: Any) -> None:
    settings.MODERATION_EMAIL = ["mo@blog.example"]
    comment_on(post, "Hello")

    notices.run()
    notices.run()

    assert [message.subject for message in mail.outbox] == ["1 new comment to moderate, 1 pending"]


def test_channels_wait_for_their_own_server_alone(
    post: Post, receiver: Receiver, smtp: MailServer
) -> None:
    receiver.behave = responds(500)
    comment_on(post, "Hello")
    notices.run()
    comment_on(post, "And more")
    notices.run()

    assert (len(receiver.got), len(smtp.got)) == (1, 2)
