"""The page's form for comments."""

from http import HTTPStatus
from typing import ClassVar
from uuid import UUID

from django import forms
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from comments import services
from comments.models import Comment
from web.errors import error_response, show_form_again
from web.forms import Honeypot, TextField, form_view, redirect_to_page
from web.readers import remember_own


class CommentForm(Honeypot, forms.ModelForm[Comment]):
    """Without a name the comment is anonymous."""

    class Meta:
        model = Comment
        fields = ("content", "author")
        field_classes: ClassVar = {"content": TextField}
        labels: ClassVar = {"content": "Comment"}
        error_messages: ClassVar = {"content": {"required": "Write something."}}

    author = TextField(label="Your name", max_length=80, required=False)


@form_view
def create(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """Create a comment and redirect to it; with errors, show the form again as it was filled in."""
    form = CommentForm(request.POST, auto_id=f"%s-{post_id}")
    if not form.is_valid():
        context = {"form": form, "post_id": post_id}
        return render(request, "comments/form.html", context, status=400)
    try:
        comment = services.create_comment(post_id, **form.cleaned_data)
    except services.PostNotFound:
        return error_response(request, HTTPStatus.NOT_FOUND, "This post does not exist.")
    except Error as error:
        return show_form_again(request, error, "comments/form.html", form, post_id=post_id)
    path, fragment = f"/posts/{post_id}/", f"comment-{comment.id}"
    response = redirect_to_page(request, path, fragment, comment=str(comment.id))
    remember_own(request, response, comment.id)
    return response
