"""The way with messages in queues, and no store."""

from collections.abc import Iterator
from dataclasses import replace

from comparison.delivery.plugs import Plug
from comparison.delivery.small.broker import Broker
from comparison.delivery.small.comments import Comments
from comparison.delivery.small.moderation import Moderation
from comparison.delivery.way import COMMENTS, MODERATION, NEWCOMER, WRITER, SmallWay
from config.processes.layout import Program
from lab.sandbox import Sandbox


class OverBroker(SmallWay):
    """Events are messages, in a durable queue for each service."""

    name = "broker"
    title = "A broker alone"
    claims = ("dual-write", "at-least-once")

    def __init__(self, box: Sandbox, port: int, posts: int, plug: Plug) -> None:
        self.plug = plug
        super().__init__(box, port, posts)

    def programs(self, port: int) -> Iterator[Program]:
        yield self._program(WRITER, COMMENTS, port)
        for name in (COMMENTS, MODERATION, NEWCOMER):
            yield self._program(name, name)

    def cut(self) -> None:
        self.plug.pull()

    def mend(self) -> None:
        self.plug.put_in()

    def is_idle(self) -> bool:
        return not self.waiting()

    def waiting(self) -> int:
        return Broker.of(self.plug.settings).waiting([Comments, Moderation])

    def _program(self, place: str, name: str, port: int = 0) -> Program:
        ports = [port] if port else []
        program = self.program(place, "on_broker", name, self.folder, *ports, port=port)
        return replace(program, environment=self.plug.settings)
