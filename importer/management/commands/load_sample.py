"""``manage.py load_sample``: fills an empty blog, so that it can be tried out."""

from typing import Any

from django.core.management.base import CommandError
from django.db import Error

from comments.services import PostNotFound
from eventstore import terminal
from importer.sample import NotEmpty, load_sample

RERUN = "Then run this command again: it continues where it stopped."


class Command(terminal.Command):
    help = (
        "Fills an empty blog with posts and comments, so that it can be tried out. "
        "A second run adds only what is not there yet."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            posts, comments = load_sample()
        except NotEmpty as error:
            reason = "This blog has posts already, and the sample is for an empty one"
            advice = "to see it, run another with its own data: VAR_DIR=var/sample make run"
            raise CommandError(f"{reason}: {advice}") from error
        except Error as error:
            raise CommandError(f"{terminal.failed(error)} {RERUN}") from error
        except PostNotFound as error:
            reason = f"The event store has not taken the post {error}"
            raise CommandError(f"{reason}: check that its database runs. {RERUN}") from error
        if not posts and not comments:
            self.stdout.write("The sample is here already: nothing was added.")
            return
        self.stdout.write(
            f"Added {posts} posts and {comments} comments. The page shows them as soon as query's "
            "worker has handled their events: at once, if it runs."
        )
