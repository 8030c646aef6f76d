"""``python -m comparison.cost.inside.fill_plain POSTS SEED``: the one database made, migrated and
filled. Prints what it stores."""

import json
import sys

import django
from django.core.management import call_command
from django.db import connection

from config.databases import create
from lab.data import blog


def main(posts: int, seed: int) -> None:
    django.setup()
    from comparison.cost.inside.stored import stored  # these need the models
    from comparison.rows import fill_monolith

    create(connection)
    call_command("migrate", interactive=False, verbosity=0)
    data = blog(posts, seed)
    fill_monolith(data)
    print(json.dumps(stored(data)))  # noqa: T201 - this is for who asked


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
