"""The services, in one list. Settings, databases, queues, addresses, processes and ports, and the
tests that go through all services, are made from it; ``manage.py startservice NAME`` makes a new
one. (A file of its own: ``make stop`` and ``make status`` need it where no settings can be read.)
"""

ALL_SERVICES = [
    "posts",
    "comments",
    "moderation",
    "query",
]
PAGE = "query"
"""The service that has the blog's page."""
