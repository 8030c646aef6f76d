"""The contracts of the last release, kept in ``contracts.json``: each type with every version that
was ever released, because the log has events of all of them."""

from pathlib import Path
from typing import Any

import msgspec

from eventstore.contracts import CONTRACTS
from eventstore.schemas import Schema, example_of, schema_of

FILE = Path(__file__).with_name("contracts.json")


class Shape(msgspec.Struct, frozen=True):
    """A version of a contract: the JSON Schema of its data, and an example."""

    schema: Schema
    example: dict[str, Any]


class Released(msgspec.Struct, frozen=True):
    """A type of event: who publishes it, and its versions; the last is the one that is written."""

    source: str
    versions: dict[int, Shape]


Release = dict[str, Released]


def read(path: Path = FILE) -> Release:
    """Raises OSError, and ValueError where the file is no release."""
    return msgspec.json.decode(path.read_bytes(), type=Release)


def write(release: Release, path: Path = FILE) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(release), indent=2) + b"\n")


def after(release: Release) -> Release:
    """The release that the code would be, coming after ``release``."""
    nothing = Released("", {})
    return {
        name: Released(
            contract.source,
            {
                **{
                    version: shape
                    for version, shape in release.get(name, nothing).versions.items()
                    if version < contract.version
                },
                contract.version: shape_of(schema_of(contract)),
            },
        )
        for name, contract in CONTRACTS.items()
    }


def shape_of(schema: Schema) -> Shape:
    return Shape(schema, example_of(schema))
