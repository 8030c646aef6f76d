"""What is to be reached, for a figure to be called good."""

from lab.bench.figures import Goal

REBUILD = {"sqlite": Goal(20_000, "least"), "postgresql": Goal(10_000, "least")}  # events/s
REBUILD_GROWTH = Goal(5, "most")  # MB from the shortest log to the longest: the memory is flat
PAGE_QUERIES = Goal(4, "most", of="worst")
PROCESS_MEMORY = Goal(120, "most", of="worst")  # MB
_FINAL_STATUS = {"file": Goal(300, "most"), "redis": Goal(60, "most"), "rabbitmq": Goal(60, "most")}


def final_status(broker: str, database: str) -> Goal | None:
    """Milliseconds from the answer to a comment's POST to its final status; the embedded broker
    has a goal where the embedded database has one."""
    return None if (broker, database != "sqlite") == ("file", True) else _FINAL_STATUS[broker]
