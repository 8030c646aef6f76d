"""The page's form for posts."""

from typing import ClassVar

from django import forms
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from posts import services
from posts.models import Post
from web.errors import show_form_again
from web.forms import Honeypot, TextField, form_view, redirect_to_page


class PostForm(Honeypot, forms.ModelForm[Post]):
    class Meta:
        model = Post
        fields = ("title", "body")
        field_classes: ClassVar = {"title": TextField, "body": TextField}
        labels: ClassVar = {"body": "Text"}
        error_messages: ClassVar = {
            "title": {"required": "Give your post a title."},
            "body": {"required": "Write something."},
        }


@form_view
def create(request: HttpRequest) -> HttpResponse:
    """Create a post and redirect to it; with errors, show the form again as it was filled in."""
    form = PostForm(request.POST, auto_id="%s")
    if not form.is_valid():
        return render(request, "posts/form.html", {"form": form}, status=400)
    try:
        post = services.create_post(**form.cleaned_data)
    except Error as error:
        return show_form_again(request, error, "posts/form.html", form)
    return redirect_to_page(request, "/", f"post-{post.id}")
