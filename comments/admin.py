"""Comments in the admin: author and content can be changed; the status is moderation's."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from comments import services
from comments.models import Comment
from web.admin import AdminOfComments, WordsFilter
from web.forms import TextField


class CommentAdminForm(forms.ModelForm[Comment]):
    class Meta:
        model = Comment
        fields = ("author", "content")
        field_classes: ClassVar = dict.fromkeys(fields, TextField)


@admin.register(Comment)
class CommentAdmin(AdminOfComments[Comment]):
    form = CommentAdminForm
    not_found = services.CommentNotFound
    change_form_template = "admin/change_form_with_journey.html"
    columns = ("excerpt", "author", "status", "created_at")
    list_filter = (WordsFilter, "status", "created_at")
    search_fields = ("author", "content")
    search_help_text = (
        "Search the comment or the author's name, or for the id of a comment or a post."
    )
    readonly_fields = ("status", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Comment]:
        return super().get_queryset(request).filter(services.OF_EXISTING_POST)

    def save_model(self, request: HttpRequest, obj: Comment, form: Any, change: bool) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        services.update_comment(obj.pk, **changes)

    def find(self, key: UUID) -> Comment:
        return services.find_comment(key)

    def remove(self, key: Any) -> None:
        services.delete_comment(key)
