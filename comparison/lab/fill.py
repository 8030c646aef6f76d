"""``python -m comparison.lab.fill POSTS SEED``: databases made, migrated and filled."""

import sys
from contextlib import redirect_stdout

import django
from django.core.management import call_command

from comparison.data import blog
from config.processes.prepare import prepare


def main(posts: int, seed: int) -> None:
    make_ready()
    from comparison.loading import load  # it needs the models

    load(blog(posts, seed))


def make_ready() -> None:
    """The databases are there, and migrated."""
    django.setup()
    with redirect_stdout(sys.stderr):
        call_command("create_databases")
        prepare()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
