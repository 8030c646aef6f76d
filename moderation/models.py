"""Moderation judges comments by its rules, records decisions, and publishes each of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils import timezone

from eventstore import messaging
from eventstore.consumer import Consumer
from moderation.rules import (
    DIGEST_LENGTH,
    HAS_NUMBER,
    HAS_TERM,
    Action,
    Kind,
    Match,
    digest,
    identity,
    label,
    normalise,
)
from web import keys
from web.text import plain_text

FILTER = "filter"  # decided by it: by a rule, or as no rule matched
IMPORT = "import"  # decided by it: as the comment was where it comes from
CHECK = "check"  # decided by it: by the external check
NO_PERSONS = ("", FILTER, IMPORT, CHECK)
AWAITING_CHECK = "awaiting the external check"  # the reason, as long as it is
MAX_OF_AUTHOR = 500  # comments that are found by their author's digest, and then sorted
QUEUE_ORDER = ("created_at", "comment_id")


class Status(models.TextChoices):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class Digest(models.CharField[str, str]):
    """The digest of another attribute of the row, ``of``: computed when the row is saved, alone or
    in bulk. ``QuerySet.update`` has to set it itself."""

    def __init__(self, of: str = "", **kwargs: Any) -> None:
        self.of = of
        super().__init__(
            **{"max_length": DIGEST_LENGTH, "editable": False, "default": "", **kwargs}
        )

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        if hasattr(model_instance, self.of):  # a migration's models have fields alone
            setattr(model_instance, self.attname, digest(getattr(model_instance, self.of)))
        own: str = getattr(model_instance, self.attname)
        return own


class Review(models.Model):
    """One comment in the moderators' queue: moderation's own copy of it, and the decision."""

    comment_id = models.UUIDField(primary_key=True, editable=False)
    post_id = models.UUIDField(editable=False)
    author = models.CharField(max_length=80)
    content = models.TextField()
    author_digest = Digest(of="author")
    content_digest = Digest(of="content")
    created_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    revision = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    """Of the text: one more each time its sender changed it."""
    reason = models.CharField(max_length=200, blank=True)
    matched_term = models.CharField(max_length=100, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    """A user's name, ``filter`` or ``import``; empty while it is pending."""
    decided_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(null=True, editable=False)
    """When it came into the queue, if that was not when it was written."""
    announced = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    """The channels that had it in a digest: a bit for each."""

    class Meta:
        ordering = ("-created_at", "-comment_id")
        indexes = [
            models.Index(
                fields=["author_digest", "status", "created_at"], name="reviews_by_author"
            ),
            models.Index(fields=["content_digest", "created_at"], name="reviews_by_content"),
            models.Index(fields=["status", "created_at", "comment_id"], name="reviews_in_queue"),
            models.Index(fields=["created_at", "comment_id"], name="reviews_by_time"),
            models.Index(fields=["post_id", "status", "created_at"], name="reviews_of_post"),
            models.Index(fields=["decided_by", "created_at"], name="reviews_by_decider"),
            models.Index(fields=["status", "announced"], name="reviews_by_announced"),
            models.Index(fields=["matched_term", "created_at"], name="reviews_by_term"),
            models.Index(fields=["decided_at", "comment_id"], name="reviews_by_decision"),
        ]

    def __str__(self) -> str:
        return f"{self.author}: {self.content[:60]}"

    @classmethod
    def of_rare_author(cls, author: str) -> models.Q | None:
        """The condition, with an index, for all comments of an author, however it is written; None
        where there are more than ``MAX_OF_AUTHOR``, which no index has in order of time."""
        condition = models.Q(author_digest=digest(author))
        some = cls._default_manager.filter(condition).order_by()[: MAX_OF_AUTHOR + 1]
        return condition if some.count() <= MAX_OF_AUTHOR else None

    @property
    def decision(self) -> str:
        """What tells one decision on it from another; empty while it is pending."""
        return self.decided_at.isoformat() if self.decided_at else ""

    @property
    def seen(self) -> str:
        """What a page sends back with a decision: of which text it is, and what it replaces."""
        return f"{self.revision};{self.decision}"

    @property
    def waiting_since(self) -> datetime:
        return self.queued_at or self.created_at


BY_PERSONS, BY_RULES = (True,), (False,)
"""What ``by_person`` is among: of a condition that has no operator, SQLite uses no index."""


class Decision(models.Model):
    """One decision on a comment, by a rule or a person. Rows are added and never changed: a
    decision that was undone stays, and has another that undoes it."""

    comment_id = models.UUIDField()
    status = models.CharField(max_length=8, choices=Status.choices)
    revision = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=200, blank=True)
    decided_by = models.CharField(max_length=150)
    decided_at = models.DateTimeField()
    by_person = models.BooleanField()
    seconds = models.FloatField(null=True)
    """How long a person's decision was waited for; None where it replaces another decision."""
    batch = models.UUIDField(null=True)
    """What a person decided at once, and may undo at once."""
    before = models.JSONField(null=True)
    """The review's ``BEFORE`` as they were, to be put back; times in ISO 8601."""
    undoes = models.BigIntegerField(null=True, unique=True)
    """The id of the decision that this one undoes."""

    class Meta:
        ordering = ("id",)
        indexes = [
            models.Index(fields=["comment_id", "id"], name="decisions_on_comment"),
            models.Index(fields=["batch"], name="decisions_of_batch"),
            models.Index(
                fields=["by_person", "decided_at", "decided_by", "status"], name="decisions_by_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()} by {self.decided_by}"


class KnownPost(models.Model):
    """What moderators need of a post: its title."""

    post_id = models.UUIDField(primary_key=True)
    title = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.title


class Reason(models.Model):
    """A reason that moderators give often, to be chosen instead of typed."""

    text = models.CharField(max_length=200, unique=True)
    place = models.PositiveSmallIntegerField(default=0, help_text="Lower ones come first.")

    class Meta:
        ordering = ("place", "id")

    def __str__(self) -> str:
        return self.text


class Check(models.Model):
    """A comment that waits for the external check of its text of this ``revision``. The row goes in
    the transaction that decides."""

    comment_id = models.UUIDField(primary_key=True)
    revision = models.PositiveIntegerField()
    due_at = models.DateTimeField(db_index=True)
    """When it is called; while it is, when whoever does so must have ended."""

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.comment_id}.{self.revision}"


class Channel(models.TextChoices):
    EMAIL = "email", "e-mail"
    WEBHOOK = "webhook"


class Notice(models.Model):
    """What one channel is to deliver about new pending comments. There is one row for each channel,
    so it has one digest at a time."""

    channel = models.CharField(max_length=7, choices=Channel.choices, primary_key=True)
    new_since = models.DateTimeField(null=True)
    """When something new was first seen that is in no digest yet."""
    notice_id = models.UUIDField(null=True)
    """Of the digest that is to be delivered; with ``content`` and ``made_at``."""
    content = models.JSONField(null=True)
    made_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    """When it is delivered, or tried again; while it is, when whoever does so must have ended."""
    tries = models.PositiveSmallIntegerField(default=0)
    handed_over = models.BooleanField(default=False)
    """From here on, the mail server may have it."""
    error = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)
    """The last one that was."""

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.get_channel_display()}: {self.notice_id or 'none'}"


KINDS = (
    (Kind.WORDS.value, "words"),
    (Kind.LINKS.value, "number of links"),
    (Kind.FIRST.value, "first comment of an author"),
    (Kind.AUTHOR.value, "author"),
    (Kind.LENGTH.value, "length"),
)
MATCHES = (
    (Match.WORD.value, "whole word"),
    (Match.PREFIX.value, "beginning of a word"),
    (Match.SUBSTRING.value, "anywhere"),
)
ACTIONS = ((Action.REJECT.value, "reject"), (Action.HOLD.value, "hold for a person"))
REQUIRED = "This field is required."
IGNORED = "Case, accents and invisible characters make no difference."
MAX_NUMBER = 100_000


class RuleVersion(models.Model):
    """One row, which changes whenever a rule does, so that rules can be kept while it does not."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    version = models.UUIDField(default=uuid4)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.version)

    @classmethod
    def current(cls) -> UUID | None:
        return cls._default_manager.values_list("version", flat=True).first()

    @classmethod
    def change(cls) -> None:
        cls._default_manager.update_or_create(id=1, defaults={"version": uuid4()})


class Rules(models.QuerySet["Rule"]):
    """Whatever is written changes the version, in the same transaction."""

    _kept: ClassVar[tuple[UUID | None, list["Rule"]]] = (None, [])

    def in_force(self) -> Sequence["Rule"]:
        """The enabled rules, kept by this process until one changes. Not to be changed."""
        version = RuleVersion.current()
        kept_version, rules = Rules._kept
        if version is None or version != kept_version:
            rules = list(self.filter(enabled=True))
            Rules._kept = (version, rules)
        return rules

    def update(self, **values: Any) -> int:
        with _new_version():
            return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        with _new_version():
            return super().delete()

    def bulk_create(self, *args: Any, **kwargs: Any) -> list["Rule"]:
        with _new_version():
            return super().bulk_create(*args, **kwargs)


@contextmanager
def _new_version() -> Iterator[None]:
    with transaction.atomic(using="moderation"):
        yield
        RuleVersion.change()


class Rule(models.Model):
    """What a rule looks at in a comment, and what happens to one that matches."""

    kind = models.CharField(max_length=6, choices=KINDS, default=Kind.WORDS.value)
    term = models.CharField(max_length=100, blank=True)
    match = models.CharField(max_length=9, choices=MATCHES, default=Match.WORD.value)
    number = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(MAX_NUMBER)]
    )
    action = models.CharField(max_length=6, choices=ACTIONS, default=Action.REJECT.value)
    enabled = models.BooleanField(default=True)
    added_by = models.CharField(max_length=150, blank=True, editable=False)
    """A user's name; empty for the first rule and for those of a command."""
    identity_digest = Digest(of="identity", unique=True)

    objects = Rules.as_manager()

    class Meta:
        ordering = ("kind", "term", "number", "id")

    def __str__(self) -> str:
        match = f" ({self.match})" if self.kind == Kind.WORDS else ""
        return f"{self.label}{match}: {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        with _new_version():
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with _new_version():
            return super().delete(*args, **kwargs)

    @property
    def label(self) -> str:
        return label(self)

    @property
    def identity(self) -> str:
        return identity(self)

    def clean(self) -> None:
        """Refuse a rule that matches the same as another."""
        same = Rule.objects.filter(identity_digest=digest(self.identity)).exclude(pk=self.pk)
        if other := same.first():
            field = "term" if self.kind in HAS_TERM else "number"
            field = "kind" if self.kind == Kind.FIRST else field
            raise ValidationError({field: f"This rule exists already: {other}. {IGNORED}"})


def check_rule(kind: str, term: str, number: int | None) -> None:
    """Refuse a rule without what its kind needs, or with what it does not look at."""
    has_term, has_number = kind in HAS_TERM, kind in HAS_NUMBER
    errors = dict[str, Any]()
    if has_term and not normalise(term):
        errors["term"] = "This term has nothing to search for." if term else REQUIRED
    elif has_term:
        try:
            plain_text(term)
        except ValidationError as error:
            errors["term"] = error
    elif term:
        errors["term"] = "A rule of this kind has no term. Leave it empty."
    if has_number and number is None:
        errors["number"] = REQUIRED
    elif number is not None and not has_number:
        errors["number"] = "A rule of this kind has no number. Leave it empty."
    if errors:
        raise ValidationError(errors)


class Outbox(messaging.Outbox):
    pass


class IdempotencyKey(keys.IdempotencyKey):
    outbox = Outbox


class Checkpoint(messaging.Checkpoint):
    pass


class ParkedEvent(messaging.ParkedEvent):
    pass


class Waypoint(messaging.Waypoint):
    pass


consumer = Consumer("moderation", Checkpoint, ParkedEvent, Waypoint)
