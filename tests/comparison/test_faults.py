"""What is broken in the lab is really broken, as often as it is counted, and whole again."""

import time
from http import HTTPStatus

import httpx
import pytest

from comparison.faults.measure import FULL, MODES, QUICK, TARGETS, Curve, slow_calls
from comparison.lab import outage
from comparison.reads.ways import WAYS, Client
from lab import faults
from lab.faults import Fault
from lab.http import NoResponse
from lab.stack import Stack, free_port

BY_NAME = {way.name: way for way in WAYS}
TARGET = {target.name: target for target in TARGETS}
MODE = {mode.name: mode for mode in MODES}

NEEDS = {
    "posts": {name for name in BY_NAME if name.startswith(("per-post", "gateway"))},
    "comments": {name for name in BY_NAME if name.startswith(("per-post", "gateway"))},
    "query": {name for name in BY_NAME if name.startswith("read-model")},
    "monolith": {name for name in BY_NAME if name.startswith("monolith")},
    "gateway": {name for name in BY_NAME if name.startswith(("gateway", "direct"))},
    "databases": {name for name in BY_NAME if name.startswith(("per-post", "gateway", "direct"))},
}
"""Which ways have no page while a target is down."""


@pytest.mark.parametrize("target", TARGET)
def test_a_way_falls_with_what_it_needs_and_stands_without_the_rest(
    reader: Client, lab_stack: Stack, target: str
) -> None:
    body = reader.agreed(3)

    with outage(lab_stack, TARGET[target]):
        fallen = {way.name for way in WAYS if reader.read(way, 3).body is None}

    assert fallen == NEEDS[target]
    assert reader.agreed(3) == body


def test_a_share_of_the_requests_fails_and_is_counted(lab_stack: Stack) -> None:
    address = lab_stack.addresses["posts"]
    fault = Fault(mode="failing", share=0.2, seed=3)

    with faults.injecting([address], fault) as total, httpx.Client(base_url=address) as client:
        statuses = [client.get("/api/posts/").status_code for _ in range(100)]
        injected = total()

    failed = statuses.count(HTTPStatus.SERVICE_UNAVAILABLE)
    assert (injected.seen, injected.injected) == (100, failed)
    assert 8 <= failed <= 35
    assert statuses.count(HTTPStatus.OK) == 100 - failed
    assert httpx.get(f"{address}/api/posts/").status_code == HTTPStatus.OK


def test_slow_requests_really_take_that_long(reader: Client, lab_stack: Stack) -> None:
    with outage(lab_stack, TARGET["comments"], MODE["slow-200"].fault) as injected:
        began = time.monotonic()
        page = reader.read(BY_NAME["per-post"], 3)
        took = time.monotonic() - began
        assert injected().injected == 3

    assert page.body is not None
    assert took >= 3 * 0.2
    assert page.calls.longest >= 0.2


def test_a_page_that_takes_too_long_is_given_up(reader: Client, lab_stack: Stack) -> None:
    seconds = 4.0
    hurried = Client(reader.network, reader.addresses, timeout=seconds)
    with outage(lab_stack, TARGET["comments"], MODE["slow-200"].fault):
        began = time.monotonic()
        pages = [hurried.read(BY_NAME[way], 30) for way in ("per-post", "gateway-sequential")]
        took = time.monotonic() - began
        in_time = hurried.read(BY_NAME["gateway-batched"], 30)

    assert [page.body for page in pages] == [None, None]
    assert 2 * seconds <= took < 2 * 30 * 0.2
    assert in_time.body is not None


def test_statements_of_a_database_fail_and_are_counted(reader: Client, lab_stack: Stack) -> None:
    with outage(lab_stack, TARGET["databases"]) as injected:
        pages = {name: reader.read(BY_NAME[name], 3) for name in ("direct", "read-model")}
        assert injected().injected == 1  # the first statement is the last

    assert pages["direct"].body is None
    assert pages["read-model"].body is not None


@pytest.mark.parametrize("way", ["per-post", "gateway-parallel"])
def test_nothing_is_retried(reader: Client, lab_stack: Stack, way: str) -> None:
    with outage(lab_stack, TARGET["comments"], MODE["failing"].fault) as injected:
        pages = [reader.read(BY_NAME[way], 2) for _ in range(40)]
        done = injected()

    failed = sum(page.body is None for page in pages)
    assert 0 < failed <= done.injected
    assert done.seen <= 40 * 2


def test_every_page_is_slow_where_every_call_is(reader: Client, lab_stack: Stack) -> None:
    curve = Curve(shares=(1.0, 0.0), calls=(2,), pages=2, seconds=0.1)

    always, never = slow_calls(reader, lab_stack.addresses["comments"], curve)

    assert (always.share, always.formula) == (1.0, 1.0)
    assert always.injected == always.met == 4
    assert (always.p50_ms or 0) >= 100
    assert (never.formula, never.injected, never.met) == (0.0, 0, 4)


def test_a_plan_has_a_number_of_pages_for_each_mode() -> None:
    for plan in (QUICK, FULL):
        assert plan.pages.keys() <= MODE.keys()
        assert set(plan.targets) <= TARGET.keys()
    assert FULL.pages.keys() == MODE.keys()
    assert set(FULL.targets) == TARGET.keys()


def test_a_process_that_does_not_respond_leaves_no_fault_in_the_others(lab_stack: Stack) -> None:
    address = lab_stack.addresses["posts"]
    nobody = f"http://127.0.0.1:{free_port(1)}"

    with pytest.raises(NoResponse), faults.injecting([address, nobody], Fault(mode="failing")):
        pass

    assert httpx.get(f"{address}/api/posts/").status_code == HTTPStatus.OK
