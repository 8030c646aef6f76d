"""Posts in the admin."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from posts import services
from posts.models import Post
from web.admin import ServiceAdmin
from web.forms import TextField

CHANGED = "Somebody has changed this post since you opened it. Open it again."


class PostAdminForm(forms.ModelForm[Post]):
    """Has the version that it shows, so that nobody overwrites what they have not seen."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Post
        fields = ("title", "body", "author")
        field_classes: ClassVar = dict.fromkeys(fields, TextField)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("seen", self.instance.version)

    def clean(self) -> dict[str, Any]:
        seen = self.cleaned_data.get("seen")
        if seen and seen != self.instance.version:
            raise ValidationError(CHANGED)
        return super().clean() or self.cleaned_data


@admin.register(Post)
class PostAdmin(ServiceAdmin[Post]):
    form = PostAdminForm
    not_found = services.PostNotFound
    columns = ("title", "author", "created_at")
    list_filter = ("created_at",)
    search_fields = ("title", "body", "author")
    search_help_text = "Search the title, the text or the author's name."
    readonly_fields = ("created_at",)

    def save_model(self, request: HttpRequest, obj: Post, form: Any, change: bool) -> None:
        texts = {name: form.cleaned_data[name] for name in ("title", "body", "author")}
        if change:
            services.update_post(obj.pk, version=form.cleaned_data["seen"], **texts)
        else:
            services.create_post(post_id=obj.pk, **texts)

    def remove(self, key: Any) -> None:
        services.delete_post(key)

    def path_on_page(self, row: Post) -> str:
        return f"/posts/{row.pk}/"

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except services.PostChanged:  # after it was read and before it was locked
            self.message_user(request, CHANGED, "ERROR")
            return HttpResponseRedirect(request.path)
