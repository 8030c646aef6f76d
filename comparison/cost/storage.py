"""What the databases of each column store of the same blog."""

from collections.abc import Sequence
from typing import Any

from comparison.cost.running import Running
from comparison.lab import SEED
from lab.data import blog


def storage(runs: Sequence[Running], posts: int) -> dict[str, Any]:
    """``times_comment``: how often the text of a comment is stored; ``times_post`` likewise."""
    data = blog(posts, SEED)
    comments = [comment.content for post in data for comment in post.comments]
    bodies = [post.body for post in data]
    return {
        "posts": len(bodies),
        "comments": len(comments),
        "text_bytes": _bytes(bodies) + _bytes(comments),
        "of_comments_bytes": _bytes(comments),
        "cells": [_cell(running, len(bodies), len(comments)) for running in runs],
    }


def _cell(running: Running, posts: int, comments: int) -> dict[str, Any]:
    databases = running.stored["databases"]
    sizes = [database["bytes"] for database in databases]
    return {
        "column": running.column.name,
        "bytes": None if None in sizes else sum(sizes),
        "text_bytes": sum(database["text_bytes"] for database in databases),
        "times_comment": sum(database["comment_texts"] for database in databases) / comments,
        "times_post": sum(database["post_texts"] for database in databases) / posts,
        "databases": databases,
    }


def _bytes(texts: Sequence[str]) -> int:
    return sum(len(text.encode()) for text in texts)
