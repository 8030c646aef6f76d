"""Filters that show the text of posts and comments: ``{% load formatting %}``."""

from django import template
from django.utils.safestring import SafeString

from web import markdown

register = template.Library()


@register.filter
def formatted(text: str) -> SafeString:
    """A comment's text as HTML: ``{{ comment.content|formatted }}``."""
    return markdown.render(text)


@register.filter
def formatted_with_images(text: str) -> SafeString:
    """A post's text as HTML."""
    return markdown.render(text, images=True)


@register.filter
def excerpt(text: str, chars: int) -> str:
    """The beginning of a text without its formatting: ``{{ post.body|excerpt:280 }}``."""
    return markdown.excerpt(text, chars)
