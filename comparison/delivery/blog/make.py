"""``make SERVICES POSTS``: makes the databases of these services, and so many posts. Tells the
posts' ids.

In a process of its own, because the databases of a service that is added later come later.
"""

import json
import os
import sys
from contextlib import redirect_stdout
from importlib import import_module

import django
from django.core.management import call_command

from config.processes.prepare import prepare


def main(services: str, posts: int) -> None:
    os.environ |= {"SERVICES": services, "LAB": ""}
    with redirect_stdout(sys.stderr):
        django.setup()
        call_command("create_databases")
        prepare()
    made = []
    if posts:
        create_post = import_module("posts.services").create_post  # where the service is there
        made = [str(create_post("A title", "A body").id) for _ in range(posts)]
    sys.stdout.write(json.dumps(made))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
