"""The faults of ``make chaos`` below the processes: disk, server, network, and the log itself."""

import socket
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from eventstore.models import Event, Head
from lab.cable import Cable
from lab.chaos import places, rollback
from lab.chaos.rollback import Rollback
from lab.disk import Disk
from lab.errors import LabFailed
from lab.guard import Guard
from lab.sandbox import Sandbox
from posts.models import Post
from posts.services import create_post, delete_post
from query.models import PostView
from tests.histories import settle


class Server:
    """One that is paused and resumed, and nothing else."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def pause(self) -> None:
        self.seen.append("paused")

    def resume(self) -> None:
        self.seen.append("resumed")


def test_a_database_server_is_paused_and_resumed() -> None:
    server = Server()
    assert places.paused_database(server).inject(0, 0)  # type: ignore[arg-type]
    assert server.seen == ["paused", "resumed"]


def test_a_full_disk_has_space_again_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    disk = Disk(tmp_path)
    monkeypatch.setattr(disk, "fill", lambda: seen.append("filled"))
    monkeypatch.setattr(disk, "free", lambda: seen.append("freed"))
    assert places.full_disk(disk).inject(0, 0)
    assert (seen[0], seen[-1]) == ("filled", "freed")


@pytest.mark.parametrize("for_ever", [False, True])
def test_a_silent_network_passes_on_what_it_held_back_or_works_for_new_connections(
    for_ever: bool,
) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        server.settimeout(10)
        cable = stack.enter_context(Cable(f"x://127.0.0.1:{server.getsockname()[1]}"))

        def connect() -> tuple[socket.socket, socket.socket]:
            near = socket.create_connection(("127.0.0.1", cable.port), timeout=10)
            far, _ = server.accept()
            far.settimeout(10)
            return stack.enter_context(near), stack.enter_context(far)

        near, far = connect()
        near.sendall(b"before")
        assert far.recv(6) == b"before"
        assert places.silent_network([cable]).inject(0.5 if for_ever else 0, 0.1)
        near.sendall(b"after")
        if for_ever:
            near, far = connect()
            near.sendall(b"after")
        assert far.recv(5) == b"after"


# --- The log goes back


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rollback:
    """Its program runs in this process and with the databases of the test."""

    def run(box: Sandbox, module: str, what: str, *arguments: int) -> object:
        if what == "cut":
            return rollback.cut(*arguments)
        try:
            rollback.repair()
        except CommandError as error:
            settle()  # it waits for what another service has just published
            raise LabFailed(str(error)) from error
        return None

    monkeypatch.setattr(Sandbox, "run", run)
    return Rollback(Sandbox("chaos", tmp_path, {}, Guard(tmp_path)))


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_log_that_goes_back_is_repaired_from_what_the_services_have(
    here: Rollback, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = create_post("Gone", "A body")
    settle()
    delete_post(gone.id)
    create_post("Last", "A body")
    settle()
    monkeypatch.setattr(time, "sleep", lambda seconds: settle())
    assert here.roll_back(pick=1.2 / rollback.MAX_LOST_EVENTS, seconds=1)
    assert [event.type for event in here.lost] == ["PostDeleted", "PostCreated"]
    settle()
    assert Event.objects.count() == Head.objects.get().position
    assert set(PostView.objects.values_list("title", flat=True)) == {"A title", "Last"}


def test_a_repair_that_never_succeeds_is_not_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollback, "REPAIR_SECONDS", 0)

    def run(box: Sandbox, module: str, what: str, *arguments: int) -> object:
        if what == "repair":
            raise LabFailed("republish failed")
        return []

    monkeypatch.setattr(Sandbox, "run", run)
    with pytest.raises(LabFailed, match="republish failed"):
        Rollback(Sandbox("chaos", tmp_path, {}, Guard(tmp_path))).roll_back(0, 0)
