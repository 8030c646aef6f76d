"""The rules in the admin: changed, tried on a text and on past comments, applied to what is
pending, in and out as CSV."""

import re
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    QueryDict,
)
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from moderation import applying, exchange, trials
from moderation.forms import FileForm, RuleForm, TextForm
from moderation.models import Rule
from web.methods import only

APPLY_SECONDS = 2.0
_SMALL = re.compile("[0-9]{1,9}")
FORMS = only("GET", "HEAD", "POST")


@admin.register(Rule)
class RuleAdmin(admin.ModelAdmin[Rule]):
    form = RuleForm
    list_display = ("label", "kind", "match_of_words", "action", "enabled", "added_by")
    list_filter = ("action", "kind", "match", "enabled")
    search_fields = ("term",)
    list_per_page = 100
    empty_value_display = ""

    class Media:
        js = ("rules.js",)
        css = {"all": ("rules.css",)}

    @admin.display(description="rule", ordering="term")
    def label(self, rule: Rule) -> str:
        return rule.label

    @admin.display(description="match", ordering="match")
    def match_of_words(self, rule: Rule) -> str:
        return rule.get_match_display() if rule.kind == "words" else ""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Rules", **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        views = {
            "test": FORMS(self.admin_site.admin_view(self.test_view)),
            "apply": FORMS(self.admin_site.admin_view(self.apply_view)),
            "export": only("GET", "HEAD")(self.admin_site.admin_view(self.export_view)),
            "import": FORMS(self.admin_site.admin_view(self.import_view)),
        }
        own = [path(f"{n}/", view, name=f"moderation_rule_{n}") for n, view in views.items()]
        return own + super().get_urls()

    # --- Changed

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:
        if not change:
            obj.added_by = request.user.get_username()
        super().save_model(request, obj, form, change)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError:  # another has saved the same rule since the form was validated
            return super().changeform_view(request, *args, **kwargs)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form: Any = context["adminform"].form
        if isinstance(form, RuleForm) and form.is_tried and not form.errors:
            history = trials.dry_run(form.instance)
            context["history"] = history
            context["summary"] = history.summary(form.instance)
        return super().render_change_form(request, context, *args, **kwargs)

    def response_post_save_add(self, request: HttpRequest, obj: Rule) -> HttpResponseRedirect:
        self._offer_to_apply(request, obj)
        return super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Rule) -> HttpResponseRedirect:
        self._offer_to_apply(request, obj)
        return super().response_post_save_change(request, obj)

    def _offer_to_apply(self, request: HttpRequest, rule: Rule) -> None:
        if rule.enabled and _may_decide(request):
            address = f"{reverse('admin:moderation_rule_apply')}?rule={rule.pk}"
            text = (
                'It counts from the next comment on. <a href="{}">Apply it to what is pending</a>'
            )
            self.message_user(request, format_html(text, address), "INFO")

    # --- Tried and applied

    def test_view(self, request: HttpRequest) -> HttpResponse:
        """What the rules make of a text."""
        self._require(self.has_view_permission(request))
        form = TextForm(request.POST if request.method == "POST" else None)
        trial = trials.try_text(**form.cleaned_data) if form.is_valid() else None
        return self._page(request, "test", "Test the rules", form=form, trial=trial)

    def apply_view(self, request: HttpRequest) -> HttpResponse:
        """Applies a rule, or all, to what is pending; a form that goes on if it is very much."""
        self._require(self.has_view_permission(request) and _may_decide(request))
        given = request.POST if request.method == "POST" else request.GET
        number = given.get("rule", "")
        rule = Rule.objects.filter(pk=int(number)).first() if _SMALL.fullmatch(number) else None
        if number and not (rule and rule.enabled):
            self.message_user(request, "This rule is gone, or not enabled.", "ERROR")
            return HttpResponseRedirect(reverse("admin:moderation_rule_changelist"))
        applied = None
        if request.method == "POST":
            after = None
            with suppress(ValueError):
                after = UUID(given.get("after", ""))
            rules = [rule] if rule else Rule.objects.in_force()
            applied = applying.apply_rules(rules, APPLY_SECONDS, after)
        totals = _totals(given, applied) if applied else {}
        title = f"Apply “{rule.label}” to what is pending" if rule else "Apply all rules"
        return self._page(request, "apply", title, rule=rule, applied=applied, totals=totals)

    # --- In and out

    def export_view(self, request: HttpRequest) -> HttpResponse:
        self._require(self.has_view_permission(request))
        lines = exchange.export_rules(Rule.objects.all())
        return HttpResponse(
            exchange.BOM + "".join(lines),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="rules.csv"'},
        )

    def import_view(self, request: HttpRequest) -> HttpResponse:
        self._require(self.has_add_permission(request) and self.has_change_permission(request))
        sent = request.method == "POST"
        form, errors = FileForm(*((request.POST, request.FILES) if sent else ())), list[str]()
        if form.is_valid():
            content = form.cleaned_data["file"].read()
            try:
                imported = exchange.import_rules(content, request.user.get_username())
            except exchange.BadFile as error:
                errors = error.errors
            else:
                self.message_user(request, f"Imported the rules: {imported}.", "SUCCESS")
                return HttpResponseRedirect(reverse("admin:moderation_rule_changelist"))
        most = exchange.MAX_ERRORS
        shown = {"errors": errors[:most], "more_errors": max(len(errors) - most, 0)}
        columns = exchange.COLUMNS
        return self._page(request, "import", "Import rules", form=form, columns=columns, **shown)

    # --- What these pages have in common

    def _require(self, is_allowed: bool) -> None:
        if not is_allowed:
            raise PermissionDenied

    def _page(self, request: HttpRequest, name: str, title: str, **shown: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "media": self.media,
            **shown,
        }
        return TemplateResponse(request, f"admin/moderation/rule/{name}.html", context)


def _totals(given: QueryDict, applied: applying.Applied) -> dict[str, int]:
    """With those of the steps before this one, which the form has sent along."""
    now = {"seen": applied.seen, "rejected": len(applied.rejected), "held": applied.held}
    before = {name: given.get(name, "") for name in now}
    return {
        name: count + (int(before[name]) if _SMALL.fullmatch(before[name]) else 0)
        for name, count in now.items()
    }


def _may_decide(request: HttpRequest) -> bool:
    return request.user.has_perm("moderation.change_review")
