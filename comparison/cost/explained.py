"""What is said of the figures: how they are measured, and which claims they speak to."""

from comparison.cost.plan import AMID

METHOD = (
    "One application has settings, tables and a process of its own, and judges a comment in the "
    "transaction that saves it. The other two are the blog as `make run` and `make run-services` "
    "start it: the same code, with its broker of files.",
    "All run at once on this machine. While one is measured, the processes of the others stand "
    "still (SIGSTOP); they take turns.",
    "The page is the JSON of the newest 20 posts with their comments; before anything is written "
    "it is the same in all three.",
    "Amid comments, the page is asked for about fifty times a second.",
    "Work is the processor's time of all processes, workers included, beyond what they take at "
    "rest. The client's own and that of a database server are not counted, but use the same "
    "cores.",
    "Staleness: comments are sent when they are due, whether or not those before have been "
    "answered. It counts from a comment's answer until somebody who looks every 10 ms sees its "
    "final status.",
    "Memory is PSS as it would be if nothing but the column ran.",
    "Bytes are those of the tables with their indexes, before anything else was written; Django's "
    "own tables are left out.",
    "Lines of code have no blanks, comments or docstrings; tests, measurements and the tour are "
    "left out. Files that all three need are counted whole, though single lines in them publish "
    "events: this speaks for the services.",
)

CLAIMS = {
    "write": ["better-on-one-machine"],
    "end_to_end": ["one-process", "better-on-one-machine"],
    "staleness": ["slower-than-a-monolith"],
    "reads": ["fast-without-dependencies", "better-on-one-machine"],
    "cpu": ["one-process", "slower-than-a-monolith"],
    "memory": ["one-process"],
    "running": ["duplication"],
    "stored": ["duplication"],
    "code": ["duplication", "easy-in-a-monolith"],
    "touched": ["duplication", "easy-in-a-monolith"],
}

READS = {
    "idle": "nothing is written",
    "afresh": "nothing is written, nothing is remembered",
    "amid": f"amid {AMID:g} comments a second",
}
