"""``manage.py events export`` and ``import``: what comes into the file, and out of it."""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from django.core.management import CommandError, call_command

from comments import services as comments
from eventstore import contracts, importing, standing, store, tasks
from eventstore.cloudevents import differing, from_line, to_line
from eventstore.consumer import consumers
from eventstore.contracts import encode
from eventstore.models import Event, Head, Subscription
from eventstore.store import NewEvent
from posts import services as posts
from posts.models import Post
from query.models import ParkedEvent, PostView
from tests import newer
from tests.brokers import nudges
from tests.eventstore.events import all_workers_seen, append, new_event, post_created
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def created(title: str = "A title") -> NewEvent:
    post = post_created(title)
    return new_event(subject=post.post_id, data=encode(post))


def stored() -> list[tuple[int, NewEvent]]:
    return [each for some in store.scan_all(0, store.head_position()) for each in some]


def empty_store() -> None:
    Event.objects.all().delete()
    Head.objects.all().delete()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    call_command("events", *arguments)
    return capsys.readouterr().out


def fails(*arguments: str) -> str:
    with pytest.raises(CommandError) as error:
        call_command("events", *arguments)
    assert error.value.returncode == 1
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH_EVENTS", 3)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


def write(file: Path, events: Sequence[NewEvent], first: int = 1) -> None:
    """As the events of a log, from this position on."""
    file.write_bytes(b"".join(to_line(*each) for each in enumerate(events, first)))


# --- Export


def test_each_line_is_an_event_of_the_log_in_order(
    post: Post, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comments.create_comment(post.id, "Ann", "An orange")
    settle()
    append(new_event(data="no JSON\n"))
    done = run(capsys, "export", str(file))
    assert "5 events exported in" in done
    assert "up to position 5." in done
    lines = file.read_bytes().splitlines(keepends=True)
    assert [tuple(from_line(line)) for line in lines] == stored()
    for line, event in zip(lines, Event.objects.order_by("position"), strict=True):
        read = JSONFormat().read(CloudEvent, line)
        assert read.get_id() == str(event.id)
        assert read.get_time() == event.time
        assert read.get_subject() == str(event.subject)
        assert int(read.get_extension("sequence")) == event.position
    assert file.stat().st_mode & 0o077 == 0


def test_a_part_of_the_log(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    append(*(new_event("PostCreated" if n % 2 else "PostDeleted") for n in range(1, 8)))

    def positions(*options: str) -> list[int]:
        run(capsys, "export", str(file), *options)
        return [from_line(line).position for line in file.read_bytes().splitlines()]

    assert positions("--after", "2", "--until", "5") == [3, 4, 5]
    assert positions("--type", "PostDeleted", "--until", "99") == [2, 4, 6]
    assert positions("--type", "PostDeleted", "--type", "PostCreated", "--after", "5") == [6, 7]
    assert positions("--after", "7") == []


def test_lists_are_bounded_and_skip_what_is_not_wanted() -> None:
    append(*(new_event("PostCreated" if n % 3 else "PostDeleted") for n in range(1, 10)))
    found = store.scan_all(0, 9, ["PostCreated"], chunk=4)
    assert [[position for position, _ in part] for part in found] == [[1, 2, 4], [5, 7, 8]]


def test_a_file_is_there_when_it_is_complete(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    append(new_event())
    run(capsys, "export", str(file))
    whole = file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("eventstore.management.commands.events.to_line", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            call_command("events", "export", str(file))
    assert file.read_bytes() == whole
    assert list(file.parent.iterdir()) == [file]


# --- Import


@pytest.mark.usefixtures("small_batches")
def test_a_whole_log_comes_to_the_same_positions_once(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    append(*(created(f"{n}") for n in range(10)))
    before = stored()
    run(capsys, "export", str(file))
    empty_store()

    done = run(capsys, "import", str(file))
    assert "10 events imported in" in done
    assert "0 of the file were there already; up to position 10." in done
    assert stored() == before
    done = run(capsys, "import", str(file))
    assert "0 events imported in" in done
    assert "10 of the file were there already" in done
    assert stored() == before


@pytest.mark.usefixtures("small_batches")
def test_a_compressed_file_and_blank_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    append(*(created(f"{n}") for n in range(5)))
    before, file = stored(), tmp_path / "log.jsonl.gz"
    run(capsys, "export", str(file))
    text = gzip.decompress(file.read_bytes())
    assert [tuple(from_line(line)) for line in text.splitlines()] == before
    file.write_bytes(gzip.compress(b"\n" + text.replace(b"\n", b"\r\n\n")))
    empty_store()
    run(capsys, "import", str(file))
    assert stored() == before


@pytest.mark.usefixtures("small_batches")
def test_it_continues_where_it_was_interrupted(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [created(f"{n}") for n in range(10)]
    write(file, events)
    whole = file.read_bytes()
    file.write_bytes(whole[:-300])

    error = fails("import", str(file))
    assert "line 10: no JSON: Input data was truncated. 9 events before it were" in error
    assert "up to position 9. The consumers are paused until an import is complete" in error
    assert stored() == list(enumerate(events[:9], 1))
    assert Subscription.paused() == set(consumers())

    file.write_bytes(whole)
    assert "1 event imported in" in run(capsys, "import", str(file))
    assert stored() == list(enumerate(events, 1))
    assert not Subscription.paused()


def test_events_of_another_log_come_behind_those_that_are_there(
    post: Post, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [created(f"{n}") for n in range(3)]
    write(file, events)
    done = run(capsys, "import", str(file))
    assert stored()[1:] == list(enumerate(events, 2))
    assert "At another position than in the file: 3 events." in done
    settle()
    assert PostView.objects.count() == 4
    write(file, [created("later")], 4)
    assert "At another position than in the file: 1 event." in run(capsys, "import", str(file))
    assert store.head_position() == 5


def test_what_comes_before_is_imported_before(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [created(f"{n}") for n in range(2)]
    write(file, events, 6)
    error = fails("import", str(file))
    assert "line 1: it is at position 6 of its log, and this one ends before: 0." in error
    assert "Nothing was imported." in error
    assert stored() == []
    run(capsys, "import", str(file), "--renumber")
    assert stored() == list(enumerate(events, 1))
    assert "0 events imported" in run(capsys, "import", str(file))


def test_events_that_are_not_in_order_are_refused(file: Path) -> None:
    first, second = created("1"), created("2")
    append(created("there"), created("there, too"))
    file.write_bytes(to_line(2, second) + to_line(1, first))
    assert "line 2: position 1 does not come after 2" in fails("import", str(file))
    assert store.head_position() == 2


@pytest.mark.usefixtures("small_batches")
def test_the_same_id_with_other_content_is_refused_with_both(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [created(f"{n}") for n in range(5)]
    append(*events)
    other = events[4]._replace(data=encode(post_created("Other", events[4].subject)), version=1)
    write(file, [*events[:4], other._replace(correlation_id="another"), created("new")])
    error = fails("import", str(file))
    there = f"the log has event {other.id} at position 5 with another data and correlationid"
    assert f"line 5: {there}" in error
    assert stored() == list(enumerate(events, 1))
    write(file, [events[0], events[0]._replace(tracestate="a=1")])
    there = f"line 1 has event {events[0].id} with another tracestate"
    assert f"line 2: {there}" in fails("import", str(file))


def test_the_same_event_twice_in_a_file_is_one(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    event = created()
    file.write_bytes(to_line(1, event) * 2)
    assert "1 event imported" in run(capsys, "import", str(file))
    assert stored() == [(1, event)]


def test_what_this_program_cannot_read_is_refused_or_kept(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    append(created(), new_event("PostPinned"), new_event(data="no JSON"))
    before = stored()
    run(capsys, "export", str(file))
    empty_store()
    assert "line 2: no contract is called 'PostPinned'" in fails("import", str(file))
    assert stored() == []
    run(capsys, "import", str(file), "--keep-unreadable")
    assert stored() == before
    settle()
    assert ParkedEvent.objects.count() == 2


def test_events_of_an_earlier_version_stay_what_they_are(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    append(created())
    before = stored()
    run(capsys, "export", str(file))
    empty_store()
    monkeypatch.setitem(contracts.CONTRACTS, "PostCreated", newer.PostCreated)
    assert "PostCreated: version 1 to 2" in fails("import", str(file))
    for key, upcaster in newer.UPCASTERS.items():
        monkeypatch.setitem(contracts.UPCASTERS, key, upcaster)
    run(capsys, "import", str(file))
    assert stored() == before


def test_a_file_that_the_official_package_has_rewritten_is_the_same(
    post: Post, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comments.create_comment(post.id, "Ännie", "An orange 😀")
    settle()
    before = stored()
    run(capsys, "export", str(file))
    form = JSONFormat()
    read = [form.read(CloudEvent, line) for line in file.read_bytes().splitlines()]
    file.write_bytes(b"\n".join(map(form.write, read)))
    assert "0 events imported" in run(capsys, "import", str(file))
    empty_store()
    run(capsys, "import", str(file))
    again = stored()
    assert [position for position, _ in again] == [position for position, _ in before]
    assert not [
        each for each in zip(again, before, strict=True) if differing(each[0][1], each[1][1])
    ]


# --- Consumers


@pytest.mark.usefixtures("small_batches")
def test_consumers_wait_for_the_whole_and_are_woken_then(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    all_workers_seen()
    for name in consumers():
        nudges(name)
    naps: list[float] = []
    monkeypatch.setattr("time.sleep", naps.append)
    seen: list[tuple[set[str], Any]] = []
    append_ = store.LockedHead.append

    def watched(head: store.LockedHead, events: Any) -> Any:
        seen.append((Subscription.paused(), tasks.sweep("query")))
        return append_(head, events)

    standing.pause("moderation", "Ann")
    write(file, [created(f"{n}") for n in range(5)])
    with monkeypatch.context() as patch:
        patch.setattr(store.LockedHead, "append", watched)
        run(capsys, "import", str(file))
    assert seen == [(set(consumers()), None)] * 2
    assert len(naps) == 1
    assert naps[0] > tasks.PAUSE_CHECK_SECONDS
    assert Subscription.paused() == {"moderation"}
    assert nudges("query") == ["consume"]
    assert nudges("moderation") == []
    tasks.consume("query")
    assert PostView.objects.count() == 5


def test_an_import_that_adds_nothing_pauses_nobody(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    posts.create_post("A title", "A body")
    run(capsys, "export", str(file))
    with monkeypatch.context() as patch:
        patch.setattr(standing, "pause", lambda *_: 1 / 0)
        run(capsys, "import", str(file))
    with file.open("ab") as more:
        more.write(to_line(9, created()))
    assert "line 2: it is at position 9" in fails("import", str(file))
    assert not Subscription.paused()


# --- Bad input


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["export", "x", "--type", "Nothing"], "no event is called 'Nothing'", 2),
        (["export", "x", "--after", "-1"], "--after is a position, 0 or more", 2),
        (["export", "x", "--after", "1"], "the log ends at 0", 2),
        (["export", "x", "--until", "-1"], "--until -1 comes before --after 0", 2),
        (["export", "/nowhere/x"], "/nowhere/x: No such file or directory", 1),
        (["export", "/dev/null"], "/dev/null: it is not a file", 1),
        (["export", "/"], "/: it is not a file", 1),
        (["import", "/nowhere/x"], "/nowhere/x: No such file or directory. Nothing was", 1),
        (["import", "/"], "/: Is a directory", 1),
        (["import", "no-line.jsonl"], "line 1: no JSON: .*invalid character", 1),
        (["import", "damaged.gz"], "line 1: the compressed file is damaged", 1),
        (["import", "plain.gz"], "line 1: the compressed file is damaged: Not a gzipped file", 1),
        (["import", "long.jsonl"], "line 1 is longer than 100 bytes", 1),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
    code: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("eventstore.jsonlines.MAX_LINE_BYTES", 100)
    Path("no-line.jsonl").write_text("no line")
    Path("damaged.gz").write_bytes(gzip.compress(bytes(99))[:-9])
    Path("plain.gz").write_text("plain")
    Path("long.jsonl").write_text("{" * 101)
    with pytest.raises(CommandError, match=message) as caught:
        call_command("events", *arguments)
    assert caught.value.returncode == code
    assert "\n" not in str(caught.value)
    assert not Path("x").exists()
