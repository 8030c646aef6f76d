"""The page /services/: what staff see, and pausing a consumer from it."""

import re
from collections.abc import Callable
from typing import Self

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_celery_results.models import TaskResult

from comments import services as comments
from config.services import ALL_SERVICES
from eventstore import standing, tasks
from eventstore.consumer import consumers
from eventstore.models import Event, Subscription
from posts.models import Post
from tests.away import Away
from tests.away import away as away
from tests.brokers import nudges
from tests.eventstore.events import all_workers_seen, perform
from tests.histories import park_a_post, settle
from tests.people import browser_of, person
from web.services import in_words

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

PAGE, PART = "/services/", "/services/part/"


def shown(browser: Client, address: str = PAGE, status: int = 200) -> dict[str, str]:
    """The text of each service's card, and of the line above them as ""."""
    response = browser.get(address)
    assert response.status_code == status
    above, *cards = re.split(r'<li class="service [^>]*data-service=', response.text)
    texts = {card.split('"')[1]: _text("<" + card.split("</li>")[0]) for card in cards}
    return {"": _text(above.rpartition('<p class="now">')[2]), **texts}


def _text(html: str) -> str:
    return re.sub(r" (?=[,.:])", "", " ".join(re.sub(r"<[^>]+>", " ", html).split()))


def change(browser: Client, consumer: str, action: str, status: int = 302) -> str:
    data = {"consumer": consumer, "action": action}
    response = browser.post(PAGE, data, follow=status == 302)
    if status != 302:
        assert response.status_code == status
    return response.text


@pytest.fixture
def superuser() -> Client:
    return browser_of("superuser")


def test_it_shows_position_lag_and_throughput(superuser: Client, post: Post) -> None:
    all_workers_seen()
    comments.create_comment(post.id, "Ann", "A kind word")
    texts = shown(superuser)
    assert "head is at position 2" in texts[""]
    assert list(texts) == ["", *ALL_SERVICES]
    assert "subscribes to nothing" in texts["posts"]
    assert "Pause" not in texts["posts"]
    assert "In the outbox none" in texts["posts"]
    lag = r"Lag 1 event, [\d.]+ s Handled 1 in 5 min \(0.0033 a second\) Parked none"
    assert re.search(f"moderation running Pause moderation Position 1 {lag}", texts["moderation"])
    settle()
    texts = shown(superuser)
    assert "Position 4 Lag none Handled 3 in 5 min (0.01 a second)" in texts["moderation"]
    assert "publishes nothing" in texts["query"]
    assert shown(superuser, PART)["query"] == texts["query"]


def test_a_service_whose_worker_is_gone_says_so(superuser: Client) -> None:
    assert "never started" in shown(superuser)["query"]
    all_workers_seen()
    Subscription.objects.update(seen_at="2026-01-01T00:00Z")
    assert re.search(r"not running .* last seen \d+ d", shown(superuser)["query"])


def test_it_shows_the_last_error_and_leads_to_it(
    superuser: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    park_a_post(settings, monkeypatch)
    text = shown(superuser)["query"]
    assert "Parked 1 event, 1 waits behind" in text
    assert re.search(r"Last error, .*: ZeroDivisionError: division by zero Its journey", text)
    html = superuser.get(PAGE).text
    event_id = Event.objects.get(position=1).id
    assert f"/admin/eventstore/event/journey/?of={event_id}" in html
    assert superuser.get(f"/admin/eventstore/event/journey/?of={event_id}").status_code == 200
    assert superuser.get("/admin/query/parkedevent/?state__exact=parked").status_code == 200
    assert "/admin/query/parkedevent/?state__exact=parked" in html

    with monkeypatch.context() as patch:
        failing = "eventstore.tasks.Subscription.nudge_arrived"
        patch.setattr(failing, _raise(ValueError("<no> way")))
        perform(tasks.consume, "query")
    html = superuser.get(PAGE).text
    assert "ValueError: &lt;no&gt; way" in html
    result = TaskResult.objects.get()
    assert f"/admin/django_celery_results/taskresult/{result.pk}/change/" in html

    staff = browser_of("staff")
    html = staff.get(PAGE).text
    assert "1 event" in html
    for link in ("parkedevent", "taskresult", "eventstore/event/?", 'name="action"'):
        assert link not in html.partition('id="services"')[2], link


def _raise(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


def test_a_superuser_pauses_and_resumes_and_it_is_recorded(superuser: Client) -> None:
    all_workers_seen()
    page = change(superuser, "query", "pause")
    assert "Paused: query keeps its position, and events wait for it." in page
    text = shown(superuser)["query"]
    assert "query paused Resume query Paused since" in text
    assert "by superuser." in text
    assert "Nothing to do: query is paused already." in change(superuser, "query", "pause")
    nudges("query")
    assert "Resumed: query goes on where it stood." in change(superuser, "query", "resume")
    assert nudges("query") == ["consume"]
    assert "query is resumed already" not in shown(superuser)["query"]
    entries = LogEntry.objects.order_by("pk")
    log = [(each.object_repr, each.change_message, each.user.username) for each in entries]
    assert log == [("query", "Paused.", "superuser"), ("query", "Resumed.", "superuser")]
    assert "Paused." in superuser.get("/admin/eventstore/subscription/query/history/").text


def test_staff_need_the_permission(superuser: Client) -> None:
    all_workers_seen()
    staff = browser_of("staff")
    change(staff, "query", "pause", 403)
    user = User.objects.get(username="staff")
    user.user_permissions.add(Permission.objects.get(codename="pause_subscription"))
    change(staff, "query", "pause")
    assert Subscription.objects.get(consumer="query").paused_by == "staff"
    assert "Resume query" in shown(staff)["query"]


@pytest.mark.parametrize(
    ("consumer", "action"),
    [("posts", "pause"), ("nobody", "pause"), ("query", "stop"), ("", ""), ("query\0", "pause")],
)
def test_anything_else_is_refused(superuser: Client, consumer: str, action: str) -> None:
    change(superuser, consumer, action, 400)
    assert not Subscription.paused()
    assert not LogEntry.objects.exists()


def test_a_pause_that_is_not_saved_is_not_recorded(superuser: Client, away: Away) -> None:
    with away("eventstore"):
        assert superuser.post(PAGE, {"consumer": "query", "action": "pause"}).status_code != 302
    assert not LogEntry.objects.exists()


def test_what_is_known_is_shown_while_databases_are_away(
    superuser: Client, post: Post, away: Away
) -> None:
    all_workers_seen()
    settle()
    with away("query"):
        texts = shown(superuser)
        assert "The database query does not respond: connection refused" in texts["query"]
        assert "Position 1 Lag none" in texts["comments"]
        assert "Pause query" in texts["query"]
    with away("eventstore"):
        texts = shown(superuser)
        assert "The event store does not respond" in texts[""]
        assert "Position 1" in texts["query"]
        assert "not known" in texts["query"]
        assert "Pause" not in texts["query"]
    with away("eventstore", *ALL_SERVICES):
        assert "does not respond" in shown(superuser, status=503)["query"]
        assert shown(superuser, PART, 503)
    with away("default"):
        assert superuser.get(PAGE).status_code == 503


def test_of_services_in_other_processes_it_shows_the_worker_and_leads_on(
    superuser: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_workers_seen()
    settings.SERVICES = ["query"]
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "moderation": "http://{host}:8003"}
    only = {"query": consumers()["query"]}
    monkeypatch.setattr("eventstore.standing.consumers", lambda: only)
    texts = shown(superuser)
    assert list(texts) == ["", "query", *(each for each in ALL_SERVICES if each != "query")]
    assert "moderation running Pause moderation" in texts["moderation"]
    assert "known to its own process" in texts["moderation"]
    assert "Position" not in texts["moderation"].replace("Its position", "")
    for address in (PAGE, PART):
        assert 'href="http://testserver:8003/services/"' in superuser.get(address).text
    change(superuser, "moderation", "pause")
    assert Subscription.paused() == {"moderation"}


class CaptureAll:
    """Counts the queries of all databases."""

    def __enter__(self) -> Self:
        self._each = [CaptureQueriesContext(connection) for connection in connections.all()]
        for context in self._each:
            context.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        for context in self._each:
            context.__exit__(None, None, None)
        self.count = sum(len(context) for context in self._each)


def test_its_queries_do_not_grow_with_the_log(superuser: Client, post: Post) -> None:
    settle()
    with CaptureAll() as few:
        shown(superuser)
    for n in range(20):
        comments.create_comment(post.id, f"Ann {n}", "A kind word")
    settle()
    with CaptureAll() as many:
        shown(superuser)
    assert many.count == few.count


def test_staff_find_it_from_the_blog_and_the_admin(superuser: Client, post: Post) -> None:
    settle()
    link = f'href="{PAGE}"'
    page = superuser.get(f"/posts/{post.id}/", follow=True)
    assert link in page.text
    assert link in superuser.get("/admin/").text
    assert link not in Client().get(f"/posts/{post.id}/", follow=True).text
    person("user")
    assert Client().get(PAGE).headers["Location"].startswith("/admin/login/?next=/services/")


def test_durations_are_short() -> None:
    seconds = (0, 0.25, 9.99, 59, 60, 125, 3_600, 7_500, 90_000)
    assert [*map(in_words, seconds)] == [
        *("0 s", "0.2 s", "10.0 s", "59 s", "1 min", "2 min 5 s", "1 h", "2 h 5 min", "1 d 1 h")
    ]


def test_throughput_is_of_the_newest_batches(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventstore.waypoints.READ_WAYPOINTS", 3)
    for n in range(5):
        comments.create_comment(post.id, f"Ann {n}", "A kind word")
        consumers()["query"].catch_up()
    query = next(each for each in standing.overview().services if each.service == "query")
    assert query.throughput is not None
    assert query.throughput.events == 2
    assert 0 < query.throughput.seconds < 300
