"""What a foreign program has to know of each kind of database: how it keeps a UUID and a time.

(Drivers hide more than they used to. Where the owner of the tables reads them with its own code,
as ``comparison.reads.direct`` does, that code knows all this; a foreign program has none of it.)
"""

from datetime import UTC
from typing import Any, Protocol
from uuid import UUID


class Kind(Protocol):
    def key(self, id: UUID) -> Any:
        """As the database compares it."""

    def value(self, column: str, value: Any) -> Any:
        """As Python has it: a UUID, an aware datetime, a string."""


class PostgreSQL:
    """It has types for both, and the driver knows them."""

    def key(self, id: UUID) -> Any:
        return id

    def value(self, column: str, value: Any) -> Any:
        return value


class Plain:
    """SQLite, MariaDB: keys are hex digits, with or without dashes; times are in UTC, and do not
    say so."""

    def key(self, id: UUID) -> Any:
        return id.hex

    def value(self, column: str, value: Any) -> Any:
        if column.endswith("id"):
            return UUID(value)
        return value.replace(tzinfo=UTC) if column.endswith("_at") else value


KINDS: dict[str, Kind] = {"postgresql": PostgreSQL(), "sqlite": Plain(), "mysql": Plain()}
