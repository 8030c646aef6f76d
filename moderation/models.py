"""Moderation judges comments by its rules, records decisions, and publishes each of them."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from eventstore import messaging
from eventstore.consumer import Consumer
from moderation.rules import Action, Match, normalise


class Status(models.TextChoices):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class Review(models.Model):
    """One comment in the moderators' queue: moderation's own copy of it, and the decision."""

    comment_id = models.UUIDField(primary_key=True, editable=False)
    post_id = models.UUIDField(editable=False)
    author = models.CharField(max_length=80)
    content = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(
        max_length=8, choices=Status.choices, default=Status.PENDING, db_index=True
    )
    reason = models.CharField(max_length=200, blank=True)
    matched_term = models.CharField(max_length=100, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    """A user's name, ``filter`` or ``import``; empty while it is pending."""
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-comment_id")

    def __str__(self) -> str:
        return f"{self.author}: {self.content[:60]}"


MATCHES = (
    (Match.WORD.value, "whole word"),
    (Match.PREFIX.value, "beginning of a word"),
    (Match.SUBSTRING.value, "anywhere"),
)
ACTIONS = ((Action.REJECT.value, "reject"), (Action.HOLD.value, "hold for a person"))
IGNORED = "Case, accents and invisible characters make no difference."


class Rule(models.Model):
    """A term, how it must occur in a comment, and what happens then."""

    term = models.CharField(max_length=100)
    match = models.CharField(max_length=9, choices=MATCHES, default=Match.WORD.value)
    action = models.CharField(max_length=6, choices=ACTIONS, default=Action.REJECT.value)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ("term",)

    def __str__(self) -> str:
        return f"{self.term} ({self.match}): {self.action}"

    def clean(self) -> None:
        """Refuse a rule whose term is the same as another's, normalised."""
        term = normalise(self.term)
        for other in Rule.objects.filter(match=self.match).exclude(pk=self.pk):
            if term and normalise(other.term) == term:
                raise ValidationError({"term": f"This rule exists already: {other}. {IGNORED}"})


class Outbox(messaging.Outbox):
    pass


class Checkpoint(messaging.Checkpoint):
    pass


class ParkedEvent(messaging.ParkedEvent):
    pass


consumer = Consumer("moderation", Checkpoint, ParkedEvent)
