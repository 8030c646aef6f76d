"""The table of rights: every address, every method that it takes, and for whom. What is not here
is refused: a method with 405, whoever asks."""

from importlib import import_module
from importlib.util import find_spec

from config.processes.layout import SUBSCRIBERS
from config.services import ALL_SERVICES
from tests.web.who import ANYONE, DECIDERS, NOBODY, QUEUE, STAFF, SUPERUSER, Cell, Who

PAGES: dict[str, dict[str, Cell]] = {
    "": {"GET": (ANYONE, 200)},
    "posts/": {"POST": (ANYONE, 302)},
    "posts/<UUID:post_id>/": {"GET": (ANYONE, 301)},
    "posts/<str:slug>/": {"GET": (ANYONE, 200)},
    "feed/": {"GET": (ANYONE, 200)},
    "feed/atom/": {"GET": (ANYONE, 301)},
    "posts/<str:slug>/feed/": {"GET": (ANYONE, 200)},
    "sitemap.xml": {"GET": (ANYONE, 200)},
    "sitemap-<int:number>.xml": {"GET": (ANYONE, 200)},
    "robots.txt": {"GET": (ANYONE, 200)},
    "posts/<UUID:post_id>/comments/": {"POST": (ANYONE, 302)},
    "comments/<UUID:comment_id>/change/": {"GET": (NOBODY, 200), "POST": (NOBODY, 302)},
    "comments/<UUID:comment_id>/delete/": {"GET": (NOBODY, 200), "POST": (NOBODY, 302)},
    "healthz": {"GET": (ANYONE, 200)},
    "readyz": {"GET": (ANYONE, 200)},
    "metrics": {"GET": (ANYONE, 200)},
    "favicon.ico": {"GET": (ANYONE, 200)},
    "api/": {"GET": (ANYONE, 302)},
    "api/docs/": {"GET": (ANYONE, 200)},
    "api/events/catalogue/": {"GET": (ANYONE, 200)},
    "comparison/": {"GET": (ANYONE, 200)},
    "comparison/advisor/": {"GET": (ANYONE, 200)},
    "comparison/results.json": {"GET": (ANYONE, 200)},
}
API: dict[str, dict[str, Cell]] = {
    "api/schema/": {"GET": (ANYONE, 200)},
    "api/asyncapi.json": {"GET": (ANYONE, 200)},
    "api/posts/": {"GET": (ANYONE, 200), "POST": (ANYONE, 201)},
    "api/posts/<UUID:post_id>/": {
        "GET": (ANYONE, 200),
        "PATCH": (STAFF, 200),
        "DELETE": (STAFF, 204),
    },
    "api/posts/<UUID:post_id>/comments/": {"GET": (ANYONE, 200), "POST": (ANYONE, 201)},
    "api/comments/": {"GET": (ANYONE, 200)},
    "api/comments/<UUID:comment_id>/": {
        "GET": (ANYONE, 200),
        "PATCH": (STAFF, 200),
        "DELETE": (STAFF, 204),
    },
    "api/query/comments/": {"GET": (ANYONE, 200)},
    "api/query/posts/": {"GET": (ANYONE, 200)},
    "api/query/posts/<UUID:post_id>/": {"GET": (ANYONE, 200)},
    "api/query/posts/<UUID:post_id>/comments/": {"GET": (ANYONE, 200)},
    "api/moderation/reviews/": {"GET": (DECIDERS, 200)},
    "api/moderation/reviews/<UUID:comment_id>/": {"GET": (DECIDERS, 200)},
    "api/moderation/reviews/<UUID:comment_id>/approve/": {"POST": (DECIDERS, 200)},
    "api/moderation/reviews/<UUID:comment_id>/reject/": {"POST": (DECIDERS, 200)},
    "api/events/": {"GET": (STAFF, 200)},
    "api/events/journey/": {"GET": (STAFF, 200)},
}
ADMIN: dict[str, dict[str, Cell]] = {
    "admin/": {"GET": (STAFF, 200), "POST": (STAFF, 200)},
    "admin/login/": {"GET": (ANYONE, 200), "POST": (ANYONE, 200)},
    "admin/logout/": {"POST": (ANYONE, 200)},
    "admin/password_change/": {"GET": (STAFF, 200), "POST": (STAFF, 200)},
    "admin/password_change/done/": {"GET": (STAFF, 200)},
    "admin/autocomplete/": {"GET": (NOBODY, 200)},
    "admin/jsi18n/": {"GET": (STAFF, 200)},
    "admin/auth/user/<id>/password/": {"GET": (SUPERUSER, 200), "POST": (SUPERUSER, 200)},
    "admin/moderation/review/rows/": {"GET": (QUEUE, 200)},
    "admin/moderation/review/figures/": {"GET": (QUEUE, 200)},
    "admin/moderation/review/undo/": {"POST": (QUEUE, 200)},
    "admin/moderation/review/<UUID:comment_id>/decide/": {"POST": (QUEUE, 200)},
    "admin/moderation/rule/test/": {"GET": (QUEUE, 200), "POST": (QUEUE, 200)},
    "admin/moderation/rule/apply/": {"GET": (QUEUE, 200), "POST": (QUEUE, 200)},
    "admin/moderation/rule/export/": {"GET": (QUEUE, 200)},
    "admin/moderation/rule/import/": {"GET": (QUEUE, 200), "POST": (QUEUE, 200)},
    "admin/<app_label>/": {"GET": (QUEUE, 200), "POST": (QUEUE, 200)},
    "admin/eventstore/event/journey/": {"GET": (STAFF, 200), "POST": (STAFF, 200)},
    "services/": {"GET": (STAFF, 200), "POST": (SUPERUSER, 302)},
    "services/part/": {"GET": (STAFF, 200)},
    "admin/<url>": {"GET": (STAFF, 404), "POST": (STAFF, 404)},
}
HIDDEN = {"admin/<app_label>/"}
"""To staff that may do nothing there, it is as if it were not there: 404."""
# Who may view, add, change and delete rows of a model in the admin.
MODELS: dict[str, tuple[Who, Who, Who, Who]] = {
    "posts/post": (SUPERUSER, SUPERUSER, SUPERUSER, SUPERUSER),
    "comments/comment": (SUPERUSER, NOBODY, SUPERUSER, SUPERUSER),
    "moderation/review": (QUEUE, NOBODY, QUEUE, NOBODY),
    "moderation/rule": (QUEUE, QUEUE, QUEUE, QUEUE),
    "moderation/reason": (QUEUE, QUEUE, QUEUE, QUEUE),
    "eventstore/event": (SUPERUSER, NOBODY, NOBODY, NOBODY),
    "eventstore/subscription": (SUPERUSER, NOBODY, NOBODY, NOBODY),
    "comments/continuation": (SUPERUSER, NOBODY, NOBODY, NOBODY),
    **{f"{each}/parkedevent": (SUPERUSER, NOBODY, NOBODY, NOBODY) for each in SUBSCRIBERS},
    "authtoken/tokenproxy": (SUPERUSER, SUPERUSER, NOBODY, SUPERUSER),
    "auth/group": (SUPERUSER, SUPERUSER, SUPERUSER, SUPERUSER),
    "auth/user": (SUPERUSER, SUPERUSER, SUPERUSER, SUPERUSER),
    "django_celery_results/taskresult": (SUPERUSER, NOBODY, NOBODY, NOBODY),
}
# A service may have its rows beside its own tests, in tests/NAME/rights.py.
for service in ALL_SERVICES:
    if find_spec(f"tests.{service}") and find_spec(f"tests.{service}.rights"):
        own = import_module(f"tests.{service}.rights")
        API |= own.API
        MODELS |= own.MODELS


def refusal(kind: str, route: str) -> int:
    """What who may not gets: the admin sends others than its staff to log in."""
    if route.startswith(("admin/", "services/")) and kind not in STAFF:
        return 302
    if route in API and kind == "anonymous":
        return 401
    return 404 if route in HIDDEN else 403


def _of_model(name: str) -> dict[str, dict[str, Cell]]:
    view, add, change, delete = MODELS[name]
    one = f"admin/{name}/<path:object_id>/"
    return {
        f"admin/{name}/": {"GET": (view, 200), "POST": (view, 200)},
        f"admin/{name}/add/": {"GET": (add, 200), "POST": (add, 200)},
        f"{one}history/": {"GET": (view, 200), "POST": (view, 200)},
        f"{one}delete/": {"GET": (delete, 200), "POST": (delete, 302)},
        f"{one}change/": {"GET": (view, 200), "POST": (change, 200)},
        one: {"GET": (STAFF, 302), "POST": (STAFF, 302)},
    }


def table() -> dict[str, dict[str, Cell]]:
    """By the address as it stands in the URL patterns."""
    models = (_of_model(name).items() for name in MODELS)
    rows = {
        **PAGES,
        **API,
        **ADMIN,
        **{route: row for of_model in models for route, row in of_model},
    }
    return {route: _completed(route, row) for route, row in rows.items()}


def _completed(route: str, row: dict[str, Cell]) -> dict[str, Cell]:
    """HEAD is GET; the API answers OPTIONS to those who may ask at all."""
    row = {**row, **({"HEAD": row["GET"]} if "GET" in row else {})}
    if route in API:
        who, _ = row.get("GET") or row["POST"]
        row["OPTIONS"] = (who, 200)
    return row
