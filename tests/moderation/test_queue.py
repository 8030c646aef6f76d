"""The queue in the admin without a browser: what a row shows, what the script is sent, what it
costs; undo, and the history of decisions."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from comments.models import Comment
from comments.services import delete_comment
from moderation import applying, services
from moderation.models import Decision, KnownPost, Reason, Review, Rule
from posts.models import Post
from posts.services import delete_post, update_post
from tests.histories import settle
from tests.moderation.moderating import (
    QUEUE,
    comment_on,
    decide,
    on_the_page,
    page_of,
    published_decisions,
)

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

JSON = {"accept": "application/json"}
ALL = {"status__exact": "all"}


@pytest.fixture(autouse=True)
def _hold(settings: Any) -> None:
    settings.MODERATION_DEFAULT = "hold"


def send(client: Client, address: str, data: dict[str, Any]) -> Any:
    """As the script does."""
    response = client.post(f"{QUEUE}{address}", data, headers=JSON)
    settle()
    return response


def press(client: Client, comment_id: UUID, decision: str, **more: str) -> Any:
    return send(client, f"{comment_id}/decide/", {"decision": decision, **more})


def fill(count: int, post: Post, word: str = "Comment") -> None:
    now = timezone.now()
    Review.objects.bulk_create(
        Review(
            comment_id=uuid4(),
            post_id=post.id,
            author="Ann",
            content=f"{word} {n}",
            created_at=now + timedelta(seconds=n),
        )
        for n in range(count)
    )


def test_a_row_shows_text_title_and_the_approved_comments_before_it(
    moderator: Client, post: Post
) -> None:
    for content in ("The first", "The second", "The third", "Never seen"):
        verdict = "rejected" if content == "Never seen" else "approved"
        press(moderator, comment_on(post, content), verdict)
    comment_on(post, "Line one\n\nline two")
    update_post(post.id, title="Another title")
    settle()
    html = moderator.get(QUEUE).text
    assert 'Review queue: <b><span id="pending-count">1</span> pending' in html
    assert "<p>Line one</p>" in html
    assert "Another title" in html
    assert html.index("The second") < html.index("The third") < html.index("Line one")
    assert "The first" not in html
    assert "Never seen" not in html


def test_titles_are_of_posts_that_there_are(post: Post) -> None:
    assert KnownPost.objects.get().title == "A title"
    delete_post(post.id)
    settle()
    assert not KnownPost.objects.exists()


def test_a_decision_is_answered_with_what_the_script_needs(moderator: Client, post: Post) -> None:
    comment_id = comment_on(post, "A kind word")
    comment_on(post, "Another")
    body = press(moderator, comment_id, "rejected", why="Spam").json()
    assert body["message"] == "Rejected the comment of Bob."
    assert (body["failed"], body["pending"]) == (False, "1")
    assert body["status"] == {str(comment_id): "rejected"}
    assert "Rejected</b> by mo" in body["rows"][str(comment_id)]
    assert UUID(body["batch"])
    assert on_the_page(comment_id) == "rejected"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"decision": "pending"}, "Press Approve or Reject."),
        ({"decision": ""}, "Press Approve or Reject."),
        ({"decision": "approved", "why": "y" * 201}, "Reason: "),
        ({"decision": "approved", "why": "a\x07b"}, "Reason: "),
    ],
)
def test_a_bad_decision_is_400_and_changes_nothing(
    moderator: Client, post: Post, fields: dict[str, str], message: str
) -> None:
    comment_id = comment_on(post, "A kind word")
    answer = send(moderator, f"{comment_id}/decide/", fields)
    assert answer.status_code == 400
    assert message in answer.json()["message"]
    assert not Decision.objects.exists()


def test_without_a_script_each_button_leads_back_to_the_list_as_it_was_filtered(
    moderator: Client, post: Post
) -> None:
    comment_id = comment_on(post, "A kind word")
    page = moderator.get(QUEUE, {"q": "kind"}).text
    address = f"{QUEUE}{comment_id}/decide/?_changelist_filters=q%3Dkind"
    assert f'action="{address}"' in page
    answer = moderator.post(address, {"decision": "approved", "seen": ""})
    assert answer.headers["Location"] == f"{QUEUE}?q=kind"
    back = moderator.get(answer.headers["Location"]).text
    assert "Approved the comment of Bob." in back
    batch = Decision.objects.get().batch
    assert f'name="batch" value="{batch}"' in back

    answer = moderator.post(f"{QUEUE}undo/", {"batch": str(batch)}, follow=True)
    settle()
    assert "Undone: 1 comment." in answer.text
    assert on_the_page(comment_id) == "pending"


def test_undo_puts_back_what_was_also_pending_and_publishes_it(
    moderator: Client, client: Client, post: Post
) -> None:
    comment_id = comment_on(post, "an orange")
    before = Review.objects.get()
    assert before.status == "rejected"
    first = press(moderator, comment_id, "approved").json()["batch"]
    second = press(moderator, comment_id, "rejected", why="Spam").json()["batch"]
    assert send(moderator, "undo/", {"batch": first}).status_code == 409
    send(moderator, "undo/", {"batch": second})
    assert on_the_page(comment_id) == "approved"
    answer = send(moderator, "undo/", {"batch": first}).json()
    assert answer["status"] == {str(comment_id): "rejected"}
    review = Review.objects.get()
    for name in ("status", "reason", "decided_by", "decided_at", "matched_term"):
        assert getattr(review, name) == getattr(before, name)
    assert on_the_page(comment_id) == "rejected"
    assert len(published_decisions(comment_id)) == 5
    again = send(moderator, "undo/", {"batch": first}).json()
    assert again["message"] == "There is nothing to undo."
    assert len(published_decisions(comment_id)) == 5


def test_what_is_pending_again_is_pending_for_everybody(moderator: Client, post: Post) -> None:
    comment_id = comment_on(post, "A kind word")
    batch = press(moderator, comment_id, "approved").json()["batch"]
    send(moderator, "undo/", {"batch": batch})
    assert Comment.objects.get().status == on_the_page(comment_id) == "pending"
    review = Review.objects.get()
    assert (review.status, review.decided_by, review.decision) == ("pending", "", "")
    last = published_decisions(comment_id)[-1]
    assert '"status":"pending"' in last
    assert '"decided_by":"mo"' in last
    assert press(moderator, comment_id, "rejected", seen="").status_code == 200


def test_a_bulk_decision_is_undone_at_once(moderator: Client, post: Post) -> None:
    ids = [comment_on(post, f"Comment {n}") for n in range(3)]
    data = {"action": "reject", "index": "0", "_selected_action": [str(each) for each in ids]}
    body = send(moderator, "", data).json()
    assert body["message"] == "Rejected 3 comments."
    assert set(body["status"].values()) == {"rejected"}
    undone = send(moderator, "undo/", {"batch": body["batch"]}).json()
    assert undone["message"] == "Undone: 3 comments."
    assert {on_the_page(each) for each in ids} == {"pending"}


def test_another_persons_decision_is_a_conflict_and_stays(
    moderator: Client, second: Client, post: Post
) -> None:
    comment_id = comment_on(post, "A kind word")
    batch = press(moderator, comment_id, "approved", why="fine", seen="").json()["batch"]
    refused = press(second, comment_id, "rejected", why="Spam", seen="")
    assert refused.status_code == 409
    body = refused.json()
    assert "by mo: Approved (fine)" in body["message"]
    assert "Your decision was not saved: Rejected (Spam)" in body["message"]
    assert "Approved</b> by mo" in body["rows"][str(comment_id)]
    assert send(second, "undo/", {"batch": batch}).json()["message"] == "There is nothing to undo."

    seen = Review.objects.get().decision
    assert press(second, comment_id, "rejected", seen=seen).status_code == 200
    late = send(moderator, "undo/", {"batch": batch})
    assert late.status_code == 409
    assert "was decided on since, by ma: Rejected" in late.json()["message"]
    assert on_the_page(comment_id) == "rejected"


def test_a_comment_that_is_gone(moderator: Client, post: Post) -> None:
    comment_id = comment_on(post, "A kind word")
    batch = press(moderator, comment_id, "approved").json()["batch"]
    delete_comment(comment_id)
    settle()
    answer = press(moderator, comment_id, "rejected")
    assert (answer.status_code, answer.json()["gone"]) == (200, [str(comment_id)])
    assert send(moderator, "undo/", {"batch": batch}).json()["status"] == {}


def test_a_decision_is_for_the_text_that_was_read(moderator: Client, post: Post) -> None:
    ids = [comment_on(post, f"A kind word {n}") for n in range(2)]
    seen = {str(each.pk): each.seen for each in Review.objects.all()}
    Review.objects.filter(pk=ids[0]).update(content="An unkind one", revision=2)
    refused = press(moderator, ids[0], "approved", seen=seen[str(ids[0])])
    assert refused.status_code == 409
    assert "was changed by its sender meanwhile" in refused.json()["message"]
    assert "An unkind one" in refused.json()["rows"][str(ids[0])]
    data = {"action": "approve", "index": "0", "_selected_action": [str(each) for each in ids]}
    body = send(moderator, "", {**data, "seen": json.dumps(seen)}).json()
    assert body["status"] == {str(ids[0]): "pending", str(ids[1]): "approved"}
    assert not Decision.objects.filter(comment_id=ids[0]).exists()
    shown = Review.objects.get(pk=ids[0]).seen
    assert press(moderator, ids[0], "approved", seen=shown).status_code == 200


def test_decisions_come_back_from_the_log(moderator: Client, post: Post) -> None:
    comment_id = comment_on(post, "A kind word")
    press(moderator, comment_id, "approved", why="fine")
    older = Review.objects.get()
    batch = press(moderator, comment_id, "rejected", why="Spam").json()["batch"]
    send(moderator, "undo/", {"batch": batch})
    batch = Decision.objects.order_by("id")[0].batch
    Review.objects.update(decided_at=Decision.objects.order_by("id")[0].decided_at)
    send(moderator, "undo/", {"batch": str(batch)})
    assert Review.objects.get().status == "pending"
    history = list(Decision.objects.values_list("status", "reason"))
    assert [status for status, _ in history] == ["approved", "rejected", "approved", "pending"]

    call_command("replay_events", "moderation", verify=True)  # the two agree
    older.save()  # as in a backup
    Decision.objects.filter(pk__gt=Decision.objects.order_by("id")[0].pk).delete()
    call_command("recover", "moderation")
    assert Review.objects.get().status == "pending"
    assert list(Decision.objects.values_list("status", "reason")) == history

    Review.objects.all().delete()
    Decision.objects.all().delete()
    KnownPost.objects.all().delete()
    call_command("recover", "moderation")
    review = Review.objects.get()
    assert (review.status, review.decided_by, review.decision) == ("pending", "", "")
    assert list(Decision.objects.values_list("status", "reason")) == history
    assert KnownPost.objects.get().title == "A title"
    call_command("replay_events", "moderation", verify=True)


def test_every_decision_is_in_the_history_of_its_comment(moderator: Client, post: Post) -> None:
    comment_id = comment_on(post, "an orange")
    batch = press(moderator, comment_id, "approved", why="A fruit").json()["batch"]
    send(moderator, "undo/", {"batch": batch})
    decide(moderator, comment_id, "_reject", "Spam")
    kept = Decision.objects.values_list("status", "decided_by", "reason")
    assert list(kept) == [
        ("rejected", "filter", "the rule “orange”"),
        ("approved", "mo", "A fruit"),
        ("rejected", "mo", "the rule “orange”"),
        ("rejected", "mo", "Spam"),
    ]
    html = moderator.get(page_of(comment_id)).text
    assert "Undone: rejected again" in html
    assert '<span class="undone">Approved</span> (undone)' in html
    assert html.index("Spam</td>") < html.index("A fruit</td>")


def test_a_row_shows_signals_and_marks_what_a_rule_found(moderator: Client, post: Post) -> None:
    Rule.objects.create(term="cheap", match="word", action="hold")
    for _ in range(2):
        comment_on(post, "Buy **cheap** things: https://spam.example/", "Eve")
    comment_on(post, "No name", "Anonymous")
    first, second, third = moderator.get(QUEUE).text.split('<li class="review')[1:]
    assert "<mark>cheap</mark>" in first
    assert "Rule: cheap" in first
    assert "1 link<" in first
    assert "First comment of this author" in first
    assert "Same text before" not in first
    assert "Same text before</a> (pending)" in second
    assert "No name" in third
    assert "Block author" in first
    assert "Block author" not in third


def test_an_author_is_blocked_with_all_that_waits_and_all_of_it_is_undone(
    moderator: Client, post: Post
) -> None:
    ids = [comment_on(post, f"Comment {n}", "Eve") for n in range(3)]
    other = comment_on(post, "A kind word", "Ann")
    body = press(moderator, ids[1], "block", seen="").json()
    assert body["message"] == "Blocked Eve: a rule rejects what comes. Rejected 3 comments."
    assert set(body["status"]) == set(map(str, ids))
    assert on_the_page(comment_on(post, "One more", "EVE")) == "rejected"
    assert on_the_page(other) == "pending"

    send(moderator, "undo/", {"batch": body["batch"]})
    assert {on_the_page(each) for each in ids} == {"pending"}
    assert on_the_page(comment_on(post, "Forgiven", "Eve")) == "pending"


def test_who_was_blocked_before_stays_so_after_an_undo(moderator: Client, post: Post) -> None:
    comment_id = comment_on(post, "Comment", "Eve")
    applying.block_author("Eve", "ma")
    body = press(moderator, comment_id, "block", seen="").json()
    send(moderator, "undo/", {"batch": body["batch"]})
    assert on_the_page(comment_id) == "pending"
    assert on_the_page(comment_on(post, "One more", "Eve")) == "rejected"


def test_nobody_is_everybody(moderator: Client, post: Post) -> None:
    answer = press(moderator, comment_on(post, "Comment", ""), "block", seen="")
    assert answer.status_code == 400
    assert "no name to block" in answer.json()["message"]


def test_further_rows_come_after_the_last_one(moderator: Client, post: Post) -> None:
    fill(60, post)
    page = moderator.get(QUEUE)
    rows = page.context["rows"]
    assert [row.review.content for row in rows] == [f"Comment {n}" for n in range(25)]
    more = moderator.get(f"{QUEUE}rows/", {"after": rows[-1].cursor}).text
    assert more.count('<li class="review') == 25
    assert more.index("Comment 25<") < more.index("Comment 49<")
    assert "Comment 24<" not in more
    assert "Comment 0<" in moderator.get(f"{QUEUE}rows/").text
    for nonsense in ("", "x", "~", f"2026-01-01~{uuid4()}", "2026-01-01T00:00:00+00:00~x"):
        assert moderator.get(f"{QUEUE}rows/", {"after": nonsense}).status_code == 400


@pytest.mark.parametrize("query", [{}, ALL, {"q": "Comment"}, {"status__exact": "approved"}])
def test_the_number_of_statements_is_that_of_one_page_however_many_wait(
    moderator: Client, post: Post, query: dict[str, str]
) -> None:
    fill(30, post)
    moderator.get(QUEUE, query)

    def count() -> tuple[int, bool]:
        with CaptureQueriesContext(connections["moderation"]) as queries:
            assert moderator.get(QUEUE, query).status_code == 200
        unbounded = [
            each["sql"]
            for each in queries.captured_queries
            if "COUNT(" in each["sql"] and "LIMIT" not in each["sql"]
        ]
        return len(queries), not unbounded

    few = count()
    fill(1_500, post, "More")
    assert count() == few
    assert few[0] <= 16
    assert few[1]


def test_very_many_are_counted_as_more_than_a_thousand(moderator: Client, post: Post) -> None:
    fill(1_001, post)
    assert "1,000+</span> pending" in moderator.get(QUEUE).text


def test_figures_by_moderator(moderator: Client, second: Client, post: Post) -> None:
    ids = [comment_on(post, f"Comment {n}") for n in range(4)]
    waited = Review.objects.filter(pk__in=ids[:3])
    waited.update(queued_at=timezone.now() - timedelta(minutes=10))
    for comment_id in ids[:2]:
        press(moderator, comment_id, "approved")
    batch = press(moderator, ids[2], "rejected").json()["batch"]
    send(moderator, "undo/", {"batch": batch})
    press(second, ids[3], "rejected")
    old = Decision.objects.filter(comment_id=ids[3])
    old.update(decided_at=timezone.now() - timedelta(days=10))
    comment_on(post, "an orange")

    week, month = moderator.get(f"{QUEUE}figures/").context["periods"]
    assert [row["name"] for row in week["rows"]] == ["All", "mo"]
    assert [row["name"] for row in month["rows"]] == ["All", "mo", "ma"]
    mo = week["rows"][1]
    assert (mo["of"].approved, mo["of"].rejected, mo["of"].undone) == (2, 1, 1)
    assert mo["median"] == "10 min"
    assert (month["rows"][0]["of"].decided, month["rules"]) == (4, "1")


def test_reasons_are_chosen_from_rows_of_the_admin(moderator: Client, post: Post) -> None:
    comment_on(post, "A kind word")
    Reason.objects.all().delete()
    for place, text in ((2, "Rude"), (1, "Off <topic>")):
        Reason.objects.create(text=text, place=place)
    html = moderator.get(QUEUE).text
    assert html.index('<option value="Off &lt;topic&gt;">') < html.index('<option value="Rude">')
    assert "<kbd>2</kbd>&nbsp;Rude" in html
    added = {"text": "Said before", "place": "3"}
    assert moderator.post("/admin/moderation/reason/add/", added).status_code == 302
    assert "Said before" in moderator.get(QUEUE).text


def test_an_import_that_waits_has_waited_since_it_was_imported(post: Post) -> None:
    long_ago = timezone.now() - timedelta(days=4_000)
    comment_id = uuid4()
    services.record_import(comment_id, post.id, "Ann", "Old", long_ago, "pending")
    services.decide(comment_id, "approved", decided_by="mo")
    seconds = Decision.objects.get().seconds
    assert seconds is not None
    assert seconds < 3_600
