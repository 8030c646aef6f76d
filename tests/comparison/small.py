"""A small service of the ways of delivery, and a comment that it created."""

from pathlib import Path
from uuid import uuid4

import pytest

from comparison.delivery.small.comments import Comments
from eventstore.contracts import CommentCreated


@pytest.fixture
def comments(tmp_path: Path) -> Comments:
    return Comments(tmp_path)


@pytest.fixture
def created(comments: Comments) -> CommentCreated:
    return comments.create(uuid4(), "Ann", "A kind word")
