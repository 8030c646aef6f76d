"""The page's form for a comment."""

from typing import ClassVar

from django import forms

from comments.models import Comment
from web.forms import Honeypot, TextField


class CommentForm(Honeypot, forms.ModelForm[Comment]):
    """Without a name the comment is anonymous."""

    class Meta:
        model = Comment
        fields = ("content", "author")
        field_classes: ClassVar = {"content": TextField}
        labels: ClassVar = {"content": "Comment"}
        error_messages: ClassVar = {"content": {"required": "Write something."}}

    author = TextField(label="Your name", max_length=80, required=False)
