"""Who decided how much and how fast, and the reasons that moderators choose from."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from moderation.history import MAX_COUNTED, decided_by_rules, figures
from moderation.models import Reason

PERIODS = (7, 30)  # days
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def figures_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The figures of all persons together and of each."""
    periods = []
    for days in PERIODS:
        everybody, people = figures(days)
        rows = [_row("All", everybody), *(_row(each.name, each) for each in people)]
        rules = decided_by_rules(days)
        known = f"{rules:,}" if rules <= MAX_COUNTED else f"{MAX_COUNTED:,}+"
        periods.append({"days": days, "rows": rows if people else [], "rules": known})
    shown = {**context, "title": "Figures", "periods": periods}
    return TemplateResponse(request, "admin/moderation/review/figures.html", shown)


def _row(name: str, figures: Any) -> dict[str, Any]:
    return {"name": name, "of": figures, "median": duration(figures.seconds)}


def duration(seconds: float | None) -> str:
    """In one unit, rounded down, as in "3 min"; empty for None."""
    if seconds is None:
        return ""
    size, unit = next((each for each in UNITS if seconds >= each[0]), UNITS[-1])
    return f"{int(seconds // size)} {unit}"


@admin.register(Reason)
class ReasonAdmin(admin.ModelAdmin[Reason]):
    list_display = ("text", "place")
    list_editable = ("place",)
