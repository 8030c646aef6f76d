"""``python -m comparison.fill POSTS SEED``: databases made, migrated and filled."""

import os
import sys

from lab.data import blog
from lab.databases import prepare_databases


def main(posts: int, seed: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "lab.settings"  # it has the monolith's database
    prepare_databases()
    from comparison.loading import load  # it needs the models

    load(blog(posts, seed))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
