"""How the lab's processes talk: kept connections, real delays, everything counted."""

import time

import pytest

from lab.connections import Unanswered
from lab.network import CallFailed, Network
from tests.lab.echo import Server, serving
from tests.lab.echo import network as network
from tests.lab.echo import server as server


def test_a_connection_is_kept_and_used_again(network: Network, server: Server) -> None:
    calls = network.calls()

    said = [calls.get(f"{server.url}/{number}").data for number in range(5)]

    assert said == ["/0", "/1", "/2", "/3", "/4"]
    assert len(server.clients) == 1
    assert (calls.requests, calls.queries) == (5, 15)


def test_answers_come_in_the_order_of_the_questions(network: Network, server: Server) -> None:
    calls = network.calls(delay=0.01)

    answers = calls.get_all([f"{server.url}/{number}" for number in range(20)], at_a_time=6)

    assert [answer.data for answer in answers] == [f"/{number}" for number in range(20)]
    assert len(server.clients) == 6
    assert calls.requests == 20


def test_the_delay_is_waited_for(network: Network, server: Server) -> None:
    calls = network.calls(delay=0.02)
    began = time.perf_counter()

    calls.get_all([server.url + "/"] * 5, at_a_time=1)

    assert time.perf_counter() - began >= calls.waited >= 5 * 0.02
    assert calls.longest >= 0.02


def test_what_the_other_side_did_is_added(network: Network, server: Server) -> None:
    calls = network.calls()

    calls.get(f"{server.url}/sum")

    assert (calls.requests, calls.queries, calls.waited) == (6, 3, 0.25)


@pytest.mark.parametrize("at_a_time", [1, 3])
def test_one_that_fails_ends_all(network: Network, server: Server, at_a_time: int) -> None:
    calls = network.calls()
    urls = [server.url + "/", server.url + "/bad", *([server.url + "/never"] * 50)]

    with pytest.raises(CallFailed, match="answered 503"):
        calls.get_all(urls, at_a_time)

    assert calls.requests < len(urls)


def test_patience_has_an_end(network: Network, server: Server) -> None:
    calls = network.calls(patience=0.2)
    began = time.perf_counter()

    with pytest.raises(CallFailed, match="no answer in time"):
        calls.get(f"{server.url}/slow")
    with pytest.raises(CallFailed, match="patience"):
        calls.get(f"{server.url}/")

    assert 0.2 <= time.perf_counter() - began < 2


def test_a_kept_connection_that_was_closed_is_no_failure(network: Network, server: Server) -> None:
    network.calls().get(f"{server.url}/bye")

    assert network.calls().get(f"{server.url}/again").data == "/again"


def test_a_write_is_sent_on_a_kept_connection_and_never_twice(
    network: Network, server: Server
) -> None:
    connections = network.connections
    for path in ("/one", "/two", "/bye"):
        assert connections.post(f"{server.url}{path}", {"a": path}, 5)[0] == 200
    assert len(server.clients) == 1

    with pytest.raises(Unanswered):  # that connection was closed: it may have been taken
        connections.post(f"{server.url}/three", {}, 5)
    connections.post(f"{server.url}/four", {}, 5)

    assert server.paths == ["/one", "/two", "/bye", "/four"]
    assert server.bodies == [b'{"a":"/one"}', b'{"a":"/two"}', b'{"a":"/bye"}', b"{}"]


def test_nobody_there(network: Network) -> None:
    with serving() as server:
        url = server.url
        network.calls().get(f"{url}/")
        network.connections.close()

    with pytest.raises(CallFailed, match="refused"):
        network.calls().get(f"{url}/")
