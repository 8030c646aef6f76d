"""Comments in the admin: author and content can be changed; the status is moderation's."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from comments import services
from comments.models import Comment
from web.admin import AdminOfComments
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
    columns = ("excerpt", "author", "status", "created_at")
    list_filter = ("status", "created_at")
    search_fields = ("author", "content")
    search_help_text = "Search the comment or the author's name."
    readonly_fields = ("status", "created_at")

    def save_model(self, request: HttpRequest, obj: Comment, form: Any, change: bool) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        services.update_comment(obj.pk, **changes)

    def remove(self, key: Any) -> None:
        services.delete_comment(key)
