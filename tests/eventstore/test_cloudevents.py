"""An event as a line of JSON: what is written is read back, also by CloudEvents' own package."""

import json
from datetime import UTC, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from eventstore.cloudevents import (
    BadLine,
    differing,
    from_line,
    refuse_unreadable,
    to_line,
)
from eventstore.contracts import encode
from eventstore.store import NewEvent
from tests.eventstore.events import NOON, new_event, post_created
from tests.fuzzing import examples

POST = post_created("Größe 😀")
EVENT = new_event(
    subject=POST.post_id,
    data=encode(POST),
    causation_id=uuid4(),
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    tracestate="vendor=1",
)


def changed(**attributes: Any) -> bytes:
    """The event's line with these attributes; None takes one away."""
    line = json.loads(to_line(7, EVENT)) | attributes
    return json.dumps({name: value for name, value in line.items() if value is not None}).encode()


def test_a_line_has_the_attributes_of_cloudevents() -> None:
    line = to_line(7, EVENT)
    assert line.count(b"\n") == 1
    assert line.endswith(b"}\n")
    assert json.loads(line) == {
        "specversion": "1.0",
        "id": str(EVENT.id),
        "source": "posts",
        "type": "PostCreated",
        "subject": str(POST.post_id),
        "time": "2026-05-01T12:00:00.123456Z",
        "datacontenttype": "application/json",
        "sequence": "0000000000000000007",
        "correlationid": "a request",
        "causationid": str(EVENT.causation_id),
        "dataversion": 1,
        "traceparent": EVENT.traceparent,
        "tracestate": "vendor=1",
        "data": json.loads(EVENT.data),
    }
    refuse_unreadable(from_line(line).event)


def test_what_has_no_value_is_absent() -> None:
    line = json.loads(to_line(1, new_event()))
    assert not {"causationid", "traceparent", "tracestate"} & line.keys()


def test_the_official_package_reads_and_rewrites_it() -> None:
    event = JSONFormat().read(CloudEvent, to_line(7, EVENT))
    assert (event.get_id(), event.get_type()) == (str(EVENT.id), "PostCreated")
    assert event.get_time() == NOON
    assert event.get_data() == json.loads(EVENT.data)
    assert event.get_extension("sequence") == "0000000000000000007"
    position, again = from_line(JSONFormat().write(event))
    assert (position, differing(again, EVENT)) == (7, [])


uuids = st.uuids()
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=64)
events = st.builds(
    NewEvent,
    id=uuids,
    type=names.filter(bool),
    source=names.filter(bool),
    subject=uuids,
    time=st.datetimes(timezones=st.just(UTC)),
    data=st.one_of(names, st.dictionaries(names, st.integers() | names).map(json.dumps)),
    correlation_id=names,
    causation_id=st.none() | uuids,
    version=st.integers(1, 2**15 - 1),
    traceparent=st.none() | names.map(lambda text: text[:55]),
    tracestate=st.none() | names,
)


@examples(100)
@given(events, st.integers(1, 2**63 - 1))
def test_any_event_is_read_back_as_it_was(event: NewEvent, position: int) -> None:
    line = to_line(position, event)
    assert line.count(b"\n") == 1
    found = from_line(line)
    assert found.position == position
    assert differing(found.event, event) == []
    JSONFormat().read(CloudEvent, line)


@examples(200)
@given(st.binary() | st.text().map(str.encode))
def test_any_other_line_is_refused(line: bytes) -> None:
    with pytest.raises(BadLine):
        from_line(line)


def test_the_same_json_is_the_same_content_however_it_is_written() -> None:
    loose = EVENT._replace(data=json.dumps(json.loads(EVENT.data), indent=2))
    assert differing(EVENT, loose) == []
    assert to_line(1, loose).count(b"\n") == 1
    assert differing(EVENT, from_line(to_line(1, loose)).event) == []
    other = EVENT._replace(version=2, data="{}", causation_id=None)
    assert differing(EVENT, other) == ["data", "causationid", "dataversion"]


def test_a_time_with_an_offset_is_the_same_moment() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=5)))
    assert from_line(changed(time=there.isoformat())).event.time == NOON


def test_what_another_program_leaves_out_has_its_default() -> None:
    bare = changed(sequence=None, dataversion=None, datacontenttype=None, tracestate=None)
    position, event = from_line(bare)
    assert (position, event.version, event.tracestate) == (0, 1, None)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "no JSON: Input data was truncated"),
        (b"[]", "Expected object, got array"),
        (b'"\xff"', "Expected object, got str"),
        (changed(specversion="0.3"), "Invalid enum value '0.3': specversion"),
        (changed(id="5"), "Invalid UUID: id"),
        (changed(subject=None), "missing required field subject"),
        (changed(correlationid=None), "missing required field correlationid"),
        (changed(type=""), "length >= 1: type"),
        (changed(source="\0"), "matching regex .*: source"),
        (changed(time="2026-05-01T12:00:00"), "timezone component: time"),
        (changed(time="0001-01-01T00:00:00+05:00"), "no such time in UTC"),
        (changed(sequence="-1"), "matching regex .*: sequence"),
        (changed(sequence=1), "Expected str"),
        (changed(dataversion=0), "Expected int >= 1: dataversion"),
        (changed(datacontenttype="text/xml"), "Invalid enum value 'text/xml': datacontenttype"),
        (changed(datacontenttype="text/plain"), "Expected str, got object"),
        (changed(datacontenttype="text/plain", data="\0"), "matching regex"),
        (changed(data=None), "missing required field data"),
        (changed(data=None, data_base64="e30="), "unknown field data_base64"),
        (changed(partitionkey="1"), "unknown field partitionkey"),
    ],
    ids=lambda value: value if isinstance(value, str) else "line",  # a line has random ids
)
def test_a_line_that_the_log_could_not_hold_is_refused(line: bytes, reason: str) -> None:
    with pytest.raises(BadLine, match=reason) as refused:
        from_line(line)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"type": "PostPinned"}, "no contract is called 'PostPinned'"),
        ({"dataversion": 2}, "PostCreated of version 2: this program knows up to version 1"),
        ({"data": {}}, "PostCreated: Object missing required field `post_id`"),
        ({"source": "comments"}, "its source is posts, and not comments"),
        ({"subject": str(UUID(int=1))}, f"its subject is {POST.post_id}, and not"),
    ],
    ids=["type", "version", "data", "source", "subject"],
)
def test_what_no_service_could_handle_is_unreadable(
    attributes: dict[str, Any], reason: str
) -> None:
    event = from_line(changed(**attributes)).event
    with pytest.raises(BadLine, match=reason):
        refuse_unreadable(event)
