"""``python -m comparison.cost.inside.fill_services POSTS SEED``: the services' databases made,
migrated and filled. Prints what they store."""

import json
import sys

from comparison import fill
from lab.data import blog


def main(posts: int, seed: int) -> None:
    fill.main(posts, seed)
    from comparison.cost.inside.stored import stored  # it needs the models

    print(json.dumps(stored(blog(posts, seed))))  # noqa: T201 - this is for who asked


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
