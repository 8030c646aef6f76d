"""The page's form for posts."""

from typing import ClassVar

from django import forms
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from posts import services
from posts.models import IdempotencyKey, Post
from web.errors import show_form_again
from web.forms import PageForm, TextField, form_view, redirect_to_page, write_once
from web.readers import may_post, name_of_author


class PostForm(PageForm, forms.ModelForm[Post]):
    class Meta:
        model = Post
        fields = ("title", "body", "author")
        field_classes: ClassVar = dict.fromkeys(fields, TextField)
        labels: ClassVar = {"body": "Text", "author": "Your name"}
        error_messages: ClassVar = {
            "title": {"required": "Give your post a title."},
        }


@form_view(IdempotencyKey)
def create(request: HttpRequest) -> HttpResponse:
    """Create a post and redirect to it; with errors, show the form again as it was filled in."""
    form = PostForm(request.POST, auto_id="%s")
    if not may_post(request):
        return render(request, "posts/refused.html", {"form": form}, status=403)
    if not form.is_valid():
        return render(request, "posts/form.html", {"form": form}, status=400)
    try:
        fields = form.cleaned_data
        fields["author"] = fields["author"] or name_of_author(request)
        post_id = write_once(request, IdempotencyKey, lambda: services.create_post(**fields).id)
    except Error as error:
        return show_form_again(request, error, "posts/form.html", form)
    return redirect_to_page(request, "/", f"post-{post_id}")
