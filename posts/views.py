"""The page's form for posts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from posts import services
from posts.forms import PostForm
from web.forms import takes_form
from web.redirects import to_page


@takes_form
def create(request: HttpRequest) -> HttpResponse:
    """Write a post and go back to the page; an error stands next to its field, what was typed
    is kept."""
    form = PostForm(request.POST, auto_id="%s")
    if not form.is_valid():
        return render(request, "posts/form.html", {"form": form}, status=400)
    post = services.create_post(form.cleaned_data["title"], form.cleaned_data["body"])
    return to_page(request, "/", f"post-{post.id}")
