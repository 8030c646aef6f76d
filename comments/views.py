"""The page's forms for comments: to write one, to reply, to change and to delete one's own."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control

from comments import services
from comments.models import Comment, IdempotencyKey
from web.errors import error_response, show_form_again
from web.forms import PageForm, TextField, form_view, redirect_to_page, write_once
from web.readers import may_change, own_comments, remember_own, too_late

PARENT_IS_GONE = (
    "The comment that you reply to does not exist any more. Send the form again to comment on the "
    "post instead: what you typed is still here."
)


class ChangeForm(PageForm, forms.ModelForm[Comment]):
    """Without a name the comment is anonymous."""

    class Meta:
        model = Comment
        fields = ("content", "author")
        field_classes: ClassVar = {"content": TextField}
        labels: ClassVar = {"content": "Comment"}
        error_messages: ClassVar = {"content": {"required": "Write something."}}

    author = TextField(label="Your name", max_length=80, required=False)


class CommentForm(ChangeForm):
    parent_id = forms.UUIDField(
        required=False, error_messages={"invalid": "A hidden field was changed."}
    )


@form_view(IdempotencyKey)
def create(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """Create a comment and redirect to it; with errors, show the form again as it was filled in."""
    form = CommentForm(request.POST, auto_id=f"%s-{post_id}")
    template, context = "comments/form.html", {"form": form, "post_id": post_id}
    if not form.is_valid():
        return render(request, template, context, status=400)
    try:
        comment_id = write_once(
            request, IdempotencyKey, lambda: services.reply(post_id, **form.cleaned_data).id
        )
    except services.PostNotFound:
        return error_response(request, HTTPStatus.NOT_FOUND, "This post does not exist.")
    except services.ParentNotFound:
        form.add_error(None, PARENT_IS_GONE)
        form.data = request.POST.copy()
        form.data["parent_id"] = ""
        return render(request, template, context, status=400)
    except Error as error:
        return show_form_again(request, error, template, form, post_id=post_id)
    response = _back(request, post_id, comment_id)
    remember_own(request, response, comment_id)
    return response


Action = Callable[[HttpRequest, UUID], HttpResponse]


def of_sender(action: Action) -> Any:
    """A decorator for a form about a comment, which only the browser that sent it may have."""

    @form_view(IdempotencyKey, shows_form=True)
    @cache_control(private=True, no_cache=True)
    @wraps(action)
    def checked(request: HttpRequest, comment_id: UUID) -> HttpResponse:
        if comment_id not in own_comments(request):
            detail = "Only the browser that sent this comment can change or delete it."
            return error_response(request, HTTPStatus.FORBIDDEN, detail)
        try:
            return action(request, comment_id)
        except services.CommentNotFound:
            return error_response(request, HTTPStatus.NOT_FOUND, "This comment does not exist.")
        except services.TooLate:
            return error_response(request, HTTPStatus.FORBIDDEN, too_late())

    return checked


@of_sender
def change(request: HttpRequest, comment_id: UUID) -> HttpResponse:
    """Change it and redirect to it: it is pending again. Where the time for that is over, the form
    is shown again, so that nothing typed is lost."""
    template, auto_id = "comments/change.html", f"%s-{comment_id}"
    if request.method != "POST":
        comment = _changeable(comment_id)
        name = "" if comment.author == services.ANONYMOUS else comment.author
        form = ChangeForm(instance=comment, initial={"author": name}, auto_id=auto_id)
        context = {"form": form, "comment_id": comment_id, "post_id": comment.post_id}
        return render(request, template, context)
    form = ChangeForm(request.POST, auto_id=auto_id)
    context = {"form": form, "comment_id": comment_id}
    if not form.is_valid():
        return render(request, template, context, status=400)

    def write() -> UUID:
        fields = form.cleaned_data
        return services.update_comment(comment_id, **fields, by_sender=True).post_id

    try:
        post_id = write_once(request, IdempotencyKey, write)
    except services.TooLate:
        form.add_error(None, too_late())
        return render(request, template, context, status=403)
    except Error as error:
        return show_form_again(request, error, template, form, comment_id=comment_id)
    return _back(request, post_id, comment_id)


@of_sender
def delete(request: HttpRequest, comment_id: UUID) -> HttpResponse:
    """Show the comment and a button; then delete it, and redirect to the other comments."""
    if request.method != "POST":
        return render(request, "comments/delete.html", {"comment": _changeable(comment_id)})
    post_id = write_once(
        request,
        IdempotencyKey,
        lambda: services.delete_comment(comment_id, by_sender=True).post_id,
    )
    return redirect_to_page(request, f"/posts/{post_id}/", "comments")


def _changeable(comment_id: UUID) -> Comment:
    comment = services.find_comment(comment_id)
    if not may_change(comment.created_at):
        raise services.TooLate(comment_id)
    return comment


def _back(request: HttpRequest, post_id: UUID, comment_id: UUID) -> HttpResponse:
    """To the comment, on its page."""
    fragment = f"comment-{comment_id}"
    return redirect_to_page(request, f"/posts/{post_id}/", fragment, comment=str(comment_id))
