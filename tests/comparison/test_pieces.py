"""Lines of code are counted in the files as they are."""

from itertools import chain

import pytest

from comments.models import Comment
from comparison.history import WAYS, direct
from comparison.history.code import LIVE, code_of
from comparison.history.pieces import Piece, Source
from config.processes.paths import BASE
from posts.models import Post

SAMPLE = Source(
    '''"""A module
says what it is."""

import sys  # one

LONG = (  # two
    "a",  # three

    "b",  # four
)  # five
"""And what that is."""


# Not this.
@decorated(  # six
    by="it",  # seven
)  # eight
class Thing:  # nine
    """It says so."""

    text = """ten
eleven

twelve"""

    def act(self) -> None:  # thirteen
        Outbox.publish(  # fourteen
            self,  # fifteen
        )  # sixteen
        Outbox.publish(2)  # seventeen
'''
)


def test_what_has_no_code_is_not_counted() -> None:
    # The string of four lines has a blank one in it, which is data.
    assert len(SAMPLE.code) == 18


@pytest.mark.parametrize(
    ("names", "lines"),
    [(["LONG"], 4), (["Thing"], 13), (["Outbox.publish"], 4), (["LONG", "Outbox.publish"], 8)],
)
def test_a_part_is_counted_by_name(names: list[str], lines: int) -> None:
    assert len(SAMPLE.code & SAMPLE.of(*names)) == lines


@pytest.mark.parametrize("name", ["Nothing", "Outbox.save", "act"])
def test_what_is_not_there_is_an_error(name: str) -> None:
    with pytest.raises(LookupError):
        SAMPLE.of(name)


def test_every_piece_is_there() -> None:
    for piece in {*chain.from_iterable(way.code for way in WAYS), *LIVE}:
        assert piece.lines > 0
        assert (BASE / piece.path).is_file()


def test_a_way_has_the_sums_of_its_pieces() -> None:
    for way in WAYS:
        code = code_of(way)
        for side in ("newcomer_past", "others_past", "newcomer_live", "others_live", "store"):
            pieces = [piece["lines"] for piece in code["pieces"] if piece["side"] == side]
            assert code[side] == sum(pieces)
            assert len(code["pieces"]) == len({str(piece) for piece in code["pieces"]})


def test_who_reads_events_needs_no_code_for_the_past_and_others_do() -> None:
    for way in WAYS:
        assert (code_of(way)["newcomer_past"] == 0) == way.remembers


def test_the_columns_that_are_read_are_the_others_own() -> None:
    for model, columns in ((Post, direct.POST), (Comment, direct.COMMENT)):
        assert set(columns) <= {field.column for field in model._meta.concrete_fields}
        assert f"{model._meta.db_table}.id" in direct.way.columns


def test_a_whole_file_is_more_than_a_part_of_it() -> None:
    part = Piece("others_past", "comments/api.py", ("CommentsView",))
    assert part.lines < Piece("others_past", "comments/api.py").lines
