"""``python -m comparison.fill POSTS SEED``: databases made, migrated and filled."""

import sys

from lab.data import blog
from lab.ready import make_ready


def main(posts: int, seed: int) -> None:
    make_ready()
    from comparison.loading import load  # it needs the models

    load(blog(posts, seed))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
