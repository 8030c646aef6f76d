"""Posts in the admin."""

import json
from typing import Any, ClassVar
from urllib.parse import quote
from uuid import UUID, uuid4, uuid5

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from posts import services
from posts.models import Post
from web.admin import ServiceAdmin, WordsFilter
from web.forms import TextField
from web.readers import name_of_author

TEXTS = ("title", "body", "author")
CHANGED = "Somebody has changed this post since you opened it. Open it again."


class PostAdminForm(forms.ModelForm[Post]):
    """Has the tag of the state that it shows, so that nobody overwrites what they have not seen.
    And a key, so that a new post that is sent twice is added once."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid4)

    class Meta:
        model = Post
        fields = TEXTS
        field_classes: ClassVar = dict.fromkeys(fields, TextField)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial.setdefault("seen", self.instance.tag)

    def texts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in TEXTS}

    def new_id(self) -> UUID:
        """The same for the same key and texts: whoever goes back and writes another post adds it,
        too."""
        return uuid5(self.cleaned_data["key"] or uuid4(), json.dumps(self.texts()))

    def clean(self) -> dict[str, Any]:
        seen = self.cleaned_data.get("seen")
        if seen and not self.instance._state.adding and seen != self.instance.tag:
            raise ValidationError(CHANGED)
        return super().clean() or self.cleaned_data


@admin.register(Post)
class PostAdmin(ServiceAdmin[Post]):
    form = PostAdminForm
    not_found = services.PostNotFound
    change_form_template = "admin/change_form_with_journey.html"
    columns = ("title", "author", "created_at")
    list_filter = (WordsFilter, "created_at")
    search_fields = ("title", "body", "author")
    search_help_text = "Search the title, the text or the author's name, or for an id."
    readonly_fields = ("created_at",)

    def save_model(self, request: HttpRequest, obj: Post, form: Any, change: bool) -> None:
        if change:
            services.update_post(obj.pk, tag=form.cleaned_data["seen"] or None, **form.texts())
        else:
            obj.pk = form.new_id()
            services.create_post(post_id=obj.pk, **form.texts())

    def find(self, key: UUID) -> Post:
        return services.find_post(key)

    def remove(self, key: Any) -> None:
        services.delete_post(key)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"author": name_of_author(request), **super().get_changeform_initial_data(request)}

    def path_on_page(self, row: Post) -> str:
        return f"/posts/{quote(row.slug or str(row.pk))}/"

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except services.PostChanged:  # after it was read and before it was locked
            self.message_user(request, CHANGED, "ERROR")
            return HttpResponseRedirect(request.path)
