"""Every text has a longest, in the model, in each form and in the API, counted in characters."""

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from rest_framework.serializers import BaseSerializer

from comments.admin import CommentAdminForm
from comments.api import CommentSerializer
from comments.forms import CommentForm
from comments.models import Comment, ParkedEvent
from eventstore.admin import ReasonForm
from moderation.api import DecisionSerializer
from moderation.forms import DecisionForm, RuleForm
from moderation.models import Review, Rule
from posts.admin import PostAdminForm
from posts.api import PostSerializer
from posts.forms import PostForm
from posts.models import Post

LONGEST: dict[type[Model], dict[str, int]] = {
    Post: {"title": 200, "body": 20_000, "author": 80},
    Comment: {"author": 80, "content": 5_000},
    Review: {"reason": 200},
    Rule: {"term": 100},
    ParkedEvent: {"reason": 200},
}
FORMS: dict[type[forms.BaseForm], type[Model]] = {
    PostForm: Post,
    PostAdminForm: Post,
    CommentForm: Comment,
    CommentAdminForm: Comment,
    DecisionForm: Review,
    RuleForm: Rule,
    ReasonForm: ParkedEvent,
}
SERIALIZERS: dict[type[BaseSerializer[Any]], type[Model]] = {
    PostSerializer: Post,
    CommentSerializer: Comment,
    DecisionSerializer: Review,
}
NAMES = {(DecisionForm, "reason"): "why"}
LETTERS = ["x", "ä", "\N{GRINNING FACE}"]  # of one, two and four bytes


def cases(of: dict[Any, type[Model]]) -> Iterator[tuple[Any, str, int]]:
    for where, model in of.items():
        fields = getattr(where, "base_fields", None) or where().fields
        for name, longest in LONGEST[model].items():
            named = NAMES.get((where, name), name)
            if named in fields:
                yield where, named, longest


@pytest.mark.parametrize("letter", LETTERS)
def test_in_the_model(letter: str) -> None:
    for model, fields in LONGEST.items():
        for name, longest in fields.items():
            field: Any = model._meta.get_field(name)
            assert field.clean(letter * longest, None) == letter * longest
            with pytest.raises(ValidationError, match=f"at most {longest}"):
                field.clean(letter * (longest + 1), None)


@pytest.mark.django_db(databases="__all__")  # a rule's form looks for the same rule
@pytest.mark.parametrize("letter", LETTERS)
def test_in_each_form(letter: str) -> None:
    tried = set()
    for form, name, longest in cases(FORMS):
        for length in (longest, longest + 1):
            errors = form(data={name: letter * length}).errors.get(name, [])
            assert bool(errors) == (length > longest), (form, name)
        # A browser tells while one types.
        assert form.base_fields[name].widget.attrs["maxlength"] == str(longest)
        tried.add((form, name))
    assert len(tried) == 12


@pytest.mark.parametrize("letter", LETTERS)
def test_in_the_api(letter: str) -> None:
    tried = set()
    for serializer, name, longest in cases(SERIALIZERS):
        for length in (longest, longest + 1):
            asked = serializer(data={name: letter * length})
            asked.is_valid()
            assert (name in asked.errors) == (length > longest), (serializer, name)
        tried.add((serializer, name))
    assert len(tried) == 6


def test_a_line_break_is_one_character() -> None:
    for form, name, longest in cases({PostForm: Post, CommentForm: Comment}):
        text = "x" + "\r\n" * (longest - 2) + "x"
        assert name not in form(data={name: text}).errors
