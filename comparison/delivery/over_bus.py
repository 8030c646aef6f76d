"""The way with the bus of the article's first version."""

from collections.abc import Iterator

from comparison.delivery.way import COMMENTS, MODERATION, NEWCOMER, WRITER, SmallWay
from config.processes.layout import HOST, Program

BUS = "bus"


class OverBus(SmallWay):
    """Events are POSTed to a bus, and from there to everyone. It is told all addresses when it
    starts, that of the newcomer, too."""

    name = "bus"
    title = "A bus that stores nothing"
    claims = ("bus-loses-events",)

    def programs(self, port: int) -> Iterator[Program]:
        bus = f"http://{HOST}:{port}"
        listeners: list[str] = []
        for place, name in ((WRITER, COMMENTS), (MODERATION, MODERATION), (NEWCOMER, NEWCOMER)):
            its_port = port + len(listeners) + 1
            listeners.append(f"http://{HOST}:{its_port}")
            yield self.program(place, "on_bus", name, self.folder, its_port, bus, port=its_port)
        yield self.program(BUS, "bus", port, *listeners, port=port)

    def cut(self) -> None:
        self.stack.kill(BUS)

    def mend(self) -> None:
        self.stack.start(BUS)

    def is_idle(self) -> bool:
        return True

    def waiting(self) -> int:
        """Nothing waits where nothing is kept."""
        return 0
