"""The contracts in the code against those of a release: which change is which verdict, and what the
command does about it."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from msgspec import Meta, defstruct

from eventstore import releases
from eventstore.compatibility import Judged, Verdict, judge, overall
from eventstore.contracts import CONTRACTS, UPCASTERS, AboutPost, Contract, Moment
from eventstore.schemas import schema_of

FULL, BACKWARD, FORWARD, BREAKING = Verdict

Between = Callable[..., Judged]


def pinned(version: int = 1, source: str = "posts", closed: bool = False, **fields: Any) -> Any:
    """A contract called "PostPinned" with these attributes: a kind, or a kind and a default."""
    attributes = [(name, *(of if type(of) is tuple else (of,))) for name, of in fields.items()]
    own = {"version": version, "source": source}
    return defstruct(
        "PostPinned",
        attributes,
        bases=(AboutPost,),
        namespace=own,
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=closed,
    )


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Contract] | None], None]:
    """Has the code know this contract, or none, called "PostPinned"; and no other one."""

    def put(contract: type[Contract] | None) -> None:
        for name in list(CONTRACTS):
            monkeypatch.delitem(CONTRACTS, name)
        if contract:
            monkeypatch.setitem(CONTRACTS, "PostPinned", contract)

    return put


@pytest.fixture
def between(code: Callable[[Any], None]) -> Between:
    """What is judged of "PostPinned" between a release and the code."""

    def judged(old: Any, new: Any) -> Judged:
        code(old)
        release = releases.after({})
        code(new)
        [found] = judge(release)
        assert overall([found]) == found.verdict
        return found

    return judged


TEXT = pinned(text=str)
HUNDRED, TEN = Annotated[str, Meta(max_length=100)], Annotated[str, Meta(max_length=10)]
ADULT, OLD = Annotated[int, Meta(ge=18)], Annotated[int, Meta(ge=65)]
LOWER, WORD = Annotated[str, Meta(pattern="^[a-z]*$")], Annotated[str, Meta(pattern=r"^\w*$")]
CHANGES: list[tuple[str, Any, Any, Verdict, list[str]]] = [
    ("nothing", TEXT, pinned(text=str), FULL, []),
    (
        "an optional attribute is added",
        TEXT,
        pinned(text=str, by=(str, "")),
        FULL,
        ["adds by (optional, string)"],
    ),
    (
        "a required attribute is added",
        TEXT,
        pinned(text=str, by=UUID),
        FORWARD,
        ["adds by (required, uuid)"],
    ),
    ("a required attribute is removed", TEXT, pinned(), BACKWARD, ["removes text (required)"]),
    (
        "an optional attribute is removed",
        pinned(text=(str, "")),
        pinned(),
        FULL,
        ["removes text (optional)"],
    ),
    (
        "an attribute is renamed",
        TEXT,
        pinned(body=str),
        BREAKING,
        ["removes text (required)", "adds body (required, string)"],
    ),
    (
        "an attribute becomes optional",
        TEXT,
        pinned(text=(str, "")),
        BACKWARD,
        ["text becomes optional"],
    ),
    (
        "an attribute becomes required",
        pinned(text=(str, "")),
        TEXT,
        FORWARD,
        ["text becomes required"],
    ),
    (
        "another default",
        pinned(text=(str, "a")),
        pinned(text=(str, "b")),
        BREAKING,
        ['text has another default: "a", now "b"'],
    ),
    (
        "another type",
        TEXT,
        pinned(text=int),
        BREAKING,
        ["text is changed: string, now integer"],
    ),
    (
        "narrowed to ids",
        TEXT,
        pinned(text=UUID),
        FORWARD,
        ["text is narrowed: string, now uuid"],
    ),
    (
        "narrowed to times",
        TEXT,
        pinned(text=Moment),
        FORWARD,
        ["text is narrowed: string, now date-time"],
    ),
    (
        "narrowed to some texts",
        TEXT,
        pinned(text=Literal["a", "b"]),
        FORWARD,
        ['text is narrowed: string, now "a" or "b"'],
    ),
    (
        "narrowed to shorter texts",
        pinned(text=HUNDRED),
        pinned(text=TEN),
        FORWARD,
        ["text is narrowed: string, maxLength 100, now string, maxLength 10"],
    ),
    (
        "narrowed to larger numbers",
        pinned(age=ADULT),
        pinned(age=OLD),
        FORWARD,
        ["age is narrowed: integer, minimum 18, now integer, minimum 65"],
    ),
    (
        "narrowed to not null",
        pinned(text=str | None),
        TEXT,
        FORWARD,
        ["text is narrowed: string or null, now string"],
    ),
    (
        "widened to null",
        TEXT,
        pinned(text=str | None),
        BACKWARD,
        ["text is widened: string, now string or null"],
    ),
    (
        "widened to another value",
        pinned(text=Literal["a"]),
        pinned(text=Literal["a", "b"]),
        BACKWARD,
        ['text is widened: "a", now "a" or "b"'],
    ),
    (
        "widened to fractions",
        pinned(n=int),
        pinned(n=float),
        BACKWARD,
        ["n is widened: integer, now number"],
    ),
    (
        "widened to any text",
        pinned(text=TEN),
        TEXT,
        BACKWARD,
        ["text is widened: string, maxLength 10, now string"],
    ),
    (
        "another value",
        pinned(text=Literal["a", "b"]),
        pinned(text=Literal["b", "c"]),
        BREAKING,
        ['text is changed: "a" or "b", now "b" or "c"'],
    ),
    (
        "a text among numbers",
        pinned(n=int),
        pinned(n=Literal["a"]),
        BREAKING,
        ['n is changed: integer, now "a"'],
    ),
    (
        "patterns are not compared",
        pinned(text=LOWER),
        pinned(text=WORD),
        BREAKING,
        [r"text is changed: string, pattern ^[a-z]*$, now string, pattern ^\w*$"],
    ),
    (
        "an earlier program refuses what it does not know",
        pinned(closed=True),
        pinned(text=(str, "")),
        BACKWARD,
        ["adds text (optional, string)"],
    ),
    (
        "the new one refuses what it does not know",
        pinned(text=(str, "")),
        pinned(closed=True),
        FORWARD,
        ["removes text (optional)"],
    ),
    (
        "another service publishes it",
        TEXT,
        pinned(text=str, source="pins"),
        FULL,
        ["is published by pins, no longer by posts"],
    ),
    ("a new type", None, TEXT, BACKWARD, ["is new"]),
    ("a type is removed", TEXT, None, BREAKING, ["is removed"]),
    (
        "the version is raised without an upcaster",
        TEXT,
        pinned(version=2, text=str, by=str),
        BREAKING,
        [
            "has no upcaster from version 1 to 2",
            "goes from version 1 to 2; adds by (required, string)",
        ],
    ),
    (
        "the version goes back",
        pinned(version=2, text=str),
        TEXT,
        BREAKING,
        ["goes back from version 2 to 1"],
    ),
]


@pytest.mark.parametrize(
    ("what", "old", "new", "verdict", "changes"), CHANGES, ids=[each[0] for each in CHANGES]
)
def test_a_change_has_a_verdict_and_a_name(
    between: Between, what: str, old: Any, new: Any, verdict: Verdict, changes: list[str]
) -> None:
    found = between(old, new)
    assert [change.what for change in found.changes] == changes
    assert found.verdict == verdict
    assert found.verdict.breaks is (verdict in (FORWARD, BREAKING))


SECOND = pinned(version=2, body=str, by=str)


def rename(data: dict[str, Any]) -> dict[str, Any]:
    return {"post_id": data["post_id"], "body": data["text"], "by": "nobody"}


def test_a_version_raised_with_an_upcaster_is_backward(
    between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(UPCASTERS, ("PostPinned", 1), rename)
    found = between(TEXT, SECOND)
    assert found.verdict == BACKWARD
    [change] = found.changes
    assert change.what == (
        "goes from version 1 to 2; removes text (required); adds body (required, string); "
        "adds by (required, string)"
    )


@pytest.mark.parametrize(
    ("upcaster", "why"),
    [
        (lambda data: data, "missing required field"),
        (lambda data: {**rename(data), "by": 1}, r"Expected `str`, got `int` - at `$.by`"),
        (lambda data: data["nothing"], "KeyError('nothing')"),
        (lambda data: {**rename(data), "by": data["more"]}, "KeyError('more')"),
    ],
)
def test_an_upcaster_that_does_not_make_the_new_shape_is_found(
    between: Between, monkeypatch: pytest.MonkeyPatch, upcaster: Any, why: str
) -> None:
    """It is called with the release's example, and with what of it is always there."""
    monkeypatch.setitem(UPCASTERS, ("PostPinned", 1), upcaster)
    found = between(pinned(text=str, more=(str, "")), SECOND)
    assert found.verdict == BREAKING
    assert found.changes[0].what.startswith("does not read version 1: ")
    assert why in found.changes[0].what


def test_every_version_that_was_released_has_to_be_read(
    code: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    release: releases.Release = {}
    for contract in (TEXT, SECOND, third := pinned(version=3, body=str)):
        code(contract)
        release = releases.after(release)
    assert list(release["PostPinned"].versions) == [1, 2, 3]
    monkeypatch.setitem(
        UPCASTERS,
        ("PostPinned", 2),
        lambda data: {"post_id": data["post_id"], "body": data["body"]},
    )
    [found] = judge(release)
    assert third.version == found.version == 3
    assert [change.what for change in found.changes] == ["has no upcaster from version 1 to 2"]
    monkeypatch.setitem(UPCASTERS, ("PostPinned", 1), rename)
    [found] = judge(release)
    assert found.verdict == FULL


def test_all_types_have_one_verdict_together(code: Callable[[Any], None]) -> None:
    one, other = Judged("A", 1, []), Judged("B", 1, [])
    assert overall([one, other]) == FULL
    code(TEXT)
    [new] = judge({})
    assert overall([one, new]) == BACKWARD
    release = releases.after({})
    code(None)
    assert overall([one, *judge(release)]) == BREAKING


# --- The command


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("contracts", *arguments, stdout=out)
    return out.getvalue()


def test_the_contracts_are_compatible_with_the_last_release() -> None:
    """Else ``make lint`` fails, too."""
    assert not overall(judge(releases.read())).breaks
    assert "All together: " in run("check")


def test_an_attribute_is_a_single_value() -> None:
    """So is all that ``schema_of`` describes, and that readers of /api/events/ expect."""
    for contract in CONTRACTS.values():
        text = json.dumps(schema_of(contract))
        assert not {'"$ref"', '"object"}', '"array"'} & set(text.split()), contract


def test_a_break_is_exit_code_1_and_is_named(
    code: Callable[[Any], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "contracts.json"
    code(TEXT)
    assert (
        run("release", "--file", str(file)) == "contracts.json has the contracts as they are now.\n"
    )
    assert "unchanged" in run("check", "--file", str(file))

    code(pinned(text=str, by=str))
    with pytest.raises(
        CommandError, match=r"PostPinned is FORWARD \(adds by \(req.*: give new"
    ) as e:
        run("check", "--file", str(file))
    assert e.value.returncode == 1
    with pytest.raises(CommandError, match="--allow-break releases it all the same"):
        run("release", "--file", str(file))
    run("release", "--allow-break", "--file", str(file))
    assert "All together: FULL" in run("check", "--file", str(file))


def test_the_result_for_programs(code: Callable[[Any], None], tmp_path: Path) -> None:
    file = tmp_path / "contracts.json"
    code(TEXT)
    run("release", "--file", str(file))
    code(pinned(text=str, by=(str, "")))
    change = {"what": "adds by (optional, string)", "backward": True, "forward": True}
    of_type = {"verdict": "FULL", "version": 1, "changes": [change]}
    found = json.loads(run("check", "--json", "--file", str(file)))
    assert found == {"verdict": "FULL", "types": {"PostPinned": of_type}}


@pytest.mark.parametrize(("text", "why"), [(None, "cannot be read"), ("[]", "is no release")])
def test_a_file_that_is_no_release_is_wrong_usage(
    tmp_path: Path, text: str | None, why: str
) -> None:
    file = tmp_path / "contracts.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(CommandError, match=why) as error:
        run("check", "--file", str(file))
    assert error.value.returncode == 2
