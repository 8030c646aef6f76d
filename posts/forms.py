"""The page's form for a post."""

from typing import ClassVar

from django import forms

from posts.models import Post
from web.forms import Honeypot, TextField


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
