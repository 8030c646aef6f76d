"""Whether the contracts in the code are compatible with those of a release: a verdict for each type
of event, in the words of schema registries.

BACKWARD: the new code reads what the release has stored; an upcaster counts. FORWARD: the release
reads what the new code stores. FULL is both, BREAKING neither. What is read differently than it was
meant, because another default is filled in, is not read.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from eventstore.contracts import CONTRACTS, UPCASTERS, BadEvent, Contract, decode
from eventstore.releases import Release, Released, Shape
from eventstore.schemas import Schema, bare, in_words, schema_of

NO_LIMITS = {"title", "description", "default"}
AT_LEAST = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
AT_MOST = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")


class Verdict(StrEnum):
    FULL = "FULL"
    BACKWARD = "BACKWARD"
    FORWARD = "FORWARD"
    BREAKING = "BREAKING"

    @property
    def breaks(self) -> bool:
        """A log is read for ever: what the new code cannot read breaks it, whatever the release
        can read."""
        return self in (Verdict.FORWARD, Verdict.BREAKING)


class Change(NamedTuple):
    """``what`` has changed; ``backward``, ``forward``: what is still so in spite of it."""

    what: str
    backward: bool
    forward: bool


class Judged(NamedTuple):
    """A type of event, its version in the code (None: it is gone), and what has changed."""

    type: str
    version: int | None
    changes: list[Change]

    @property
    def verdict(self) -> Verdict:
        return verdict(self.changes)


def verdict(changes: Iterable[Change]) -> Verdict:
    """Of all of them together; of none, FULL."""
    each = list(changes)
    match all(change.backward for change in each), all(change.forward for change in each):
        case True, True:
            return Verdict.FULL
        case True, False:
            return Verdict.BACKWARD
        case False, True:
            return Verdict.FORWARD
    return Verdict.BREAKING


def judge(release: Release) -> list[Judged]:
    """Every type of the release and of the code, in the code's order."""
    return [
        Judged(name, _version(name), list(_changes(name, release.get(name))))
        for name in {**CONTRACTS, **release}
    ]


def overall(judged: Iterable[Judged]) -> Verdict:
    return verdict(change for each in judged for change in each.changes)


def _version(name: str) -> int | None:
    contract = CONTRACTS.get(name)
    return contract.version if contract else None


def _changes(name: str, released: Released | None) -> Iterator[Change]:
    contract = CONTRACTS.get(name)
    if released is None:
        yield Change("is new", backward=True, forward=False)
    elif contract is None:
        # An earlier program is not wrong about new ones: it waits for them in vain.
        yield Change("is removed", backward=False, forward=False)
    else:
        if contract.source != released.source:
            what = f"is published by {contract.source}, no longer by {released.source}"
            yield Change(what, backward=True, forward=True)
        yield from _since(contract, released)


def _since(contract: type[Contract], released: Released) -> Iterator[Change]:
    latest = max(released.versions)
    if contract.version < latest:
        what = f"goes back from version {latest} to {contract.version}"
        yield Change(what, backward=False, forward=False)
        return
    for version, shape in sorted(released.versions.items()):
        if version < contract.version:
            yield from _unread(contract, version, shape)
    before, after = released.versions[latest].schema, schema_of(contract)
    differences = list(_differences(before, after))
    if contract.version == latest:
        yield from differences
    else:
        words = "; ".join(["", *(each.what for each in differences)])
        what = f"goes from version {latest} to {contract.version}{words}"
        yield Change(what, backward=True, forward=False)


def _unread(contract: type[Contract], version: int, shape: Shape) -> Iterator[Change]:
    """What of an earlier version's events cannot be read: steps that are missing, or fail for the
    example, in full or with what it needs alone."""
    name = contract.__name__
    missing = [step for step in range(version, contract.version) if (name, step) not in UPCASTERS]
    for step in missing:
        what = f"has no upcaster from version {step} to {step + 1}"
        yield Change(what, backward=False, forward=True)
    if missing:
        return
    try:
        for data in (shape.example, bare(shape.schema, shape.example)):
            decode(name, msgspec.json.encode(data).decode(), version)
    except BadEvent as error:
        what = f"does not read version {version}: {str(error).removeprefix(f'{name}: ')}"
        yield Change(what, backward=False, forward=True)


def _differences(before: Schema, after: Schema) -> Iterator[Change]:
    """Between two shapes of the same version."""
    old, new = before["properties"], after["properties"]
    needed, needs = set(before.get("required", ())), set(after.get("required", ()))
    for name in {**old, **new}:
        if name not in old:
            kind = "required" if name in needs else "optional"
            what = f"adds {name} ({kind}, {in_words(new[name])})"
            yield Change(what, name not in needs, _is_open(before))
        elif name not in new:
            kind = "required" if name in needed else "optional"
            yield Change(f"removes {name} ({kind})", _is_open(after), name not in needed)
        else:
            yield from _of_attribute(name, old[name], new[name])
            if name in needs - needed:
                yield Change(f"{name} becomes required", backward=False, forward=True)
            elif name in needed - needs:
                yield Change(f"{name} becomes optional", backward=True, forward=False)


def _of_attribute(name: str, old: Schema, new: Schema) -> Iterator[Change]:
    backward, forward = _accepts(new, old), _accepts(old, new)
    if not (backward and forward):
        how = "widened" if backward else "narrowed" if forward else "changed"
        what = f"{name} is {how}: {in_words(old)}, now {in_words(new)}"
        yield Change(what, backward, forward)
    if "default" in old and "default" in new and old["default"] != new["default"]:
        values = (msgspec.json.encode(each["default"]).decode() for each in (old, new))
        yield Change(f"{name} has another default: {', now '.join(values)}", False, False)


def _is_open(schema: Schema) -> bool:
    """Attributes that it does not name are ignored."""
    return schema.get("additionalProperties") is not False


def _accepts(reader: Schema, written: Schema) -> bool:
    """Whether all values that ``written`` describes are values for ``reader``. Where that is not
    clear, as between two patterns, they are not."""
    if "anyOf" in written:
        return all(_accepts(reader, each) for each in written["anyOf"])
    if "anyOf" in reader:
        return any(_accepts(each, written) for each in reader["anyOf"])
    known, allowed = _values(written), _values(reader)
    if known is not None:
        return all(value in allowed for value in known) if allowed else _is_of(reader, known)
    return _is_within(reader, written) and all(
        written.get(key) == value
        or (key == "type" and (written.get(key), value) == ("integer", "number"))
        for key, value in reader.items()
        if key not in {*NO_LIMITS, *AT_LEAST, *AT_MOST}
    )


def _values(kind: Schema) -> list[Any] | None:
    """If it names its values: these."""
    return kind.get("enum", [kind["const"]] if "const" in kind else None)


def _is_of(reader: Schema, values: Iterable[Any]) -> bool:
    """Whether these are values for a reader that does not name its own."""
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
    }
    expected = kinds.get(reader.get("type", ""), ())
    return reader.keys() <= {*NO_LIMITS, "type"} and all(
        isinstance(value, expected) for value in values
    )


def _is_within(reader: Schema, written: Schema) -> bool:
    lowest = all(
        written.get(key, float("-inf")) >= reader[key] for key in AT_LEAST if key in reader
    )
    return lowest and all(
        written.get(key, float("inf")) <= reader[key] for key in AT_MOST if key in reader
    )
