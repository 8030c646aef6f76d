"""Rules on more than words, each there once; what they look up about a comment has an index."""

import uuid
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models

import moderation.models
from moderation.rules import digest, identity

ROWS = 1000


def add_digests(apps: Any, schema_editor: Any) -> None:
    alias = schema_editor.connection.alias
    reviews = apps.get_model("moderation", "Review").objects.using(alias).order_by("pk")
    rows = list(reviews[:ROWS])
    while rows:
        for row in rows:
            row.author_digest, row.content_digest = digest(row.author), digest(row.content)
        reviews.bulk_update(rows, ["author_digest", "content_digest"])
        rows = list(reviews.filter(pk__gt=rows[-1].pk)[:ROWS])


def add_identities(apps: Any, schema_editor: Any) -> None:
    """Of rules that match the same, the one stays that had its way: enabled, and rejecting."""
    alias = schema_editor.connection.alias
    rules = apps.get_model("moderation", "Rule").objects.using(alias)
    seen = set[str]()
    for rule in rules.order_by("-enabled", "-action", "pk"):
        own = digest(identity(rule))
        if own in seen:
            rule.delete()
        else:
            seen.add(own)
            rules.filter(pk=rule.pk).update(identity_digest=own)
    apps.get_model("moderation", "RuleVersion").objects.using(alias).get_or_create(id=1)


KINDS = [
    ("words", "words"),
    ("links", "number of links"),
    ("first", "first comment of an author"),
    ("author", "author"),
    ("length", "length"),
]


class Migration(migrations.Migration):
    dependencies = [("moderation", "0009_traces")]
    operations = [
        migrations.CreateModel(
            name="RuleVersion",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("version", models.UUIDField(default=uuid.uuid4)),
            ],
            options={"default_permissions": ()},
        ),
        migrations.AlterModelOptions("rule", {"ordering": ("kind", "term", "number", "id")}),
        migrations.AddField(
            "rule", "kind", models.CharField(choices=KINDS, default="words", max_length=6)
        ),
        migrations.AlterField("rule", "term", models.CharField(blank=True, max_length=100)),
        migrations.AddField(
            "rule",
            "number",
            models.PositiveIntegerField(
                blank=True,
                null=True,
                validators=[MinValueValidator(1), MaxValueValidator(100_000)],
            ),
        ),
        migrations.AddField(
            "rule",
            "added_by",
            models.CharField(blank=True, default="", editable=False, max_length=150),
            preserve_default=False,
        ),
        migrations.AddField("rule", "identity_digest", moderation.models.Digest(of="identity")),
        migrations.AddField("review", "author_digest", moderation.models.Digest(of="author")),
        migrations.AddField("review", "content_digest", moderation.models.Digest(of="content")),
        migrations.RunPython(add_digests, migrations.RunPython.noop),
        migrations.RunPython(add_identities, migrations.RunPython.noop),
        migrations.AlterField(
            "rule", "identity_digest", moderation.models.Digest(of="identity", unique=True)
        ),
        migrations.AddIndex(
            "review",
            models.Index(
                fields=["author_digest", "status", "created_at"], name="reviews_by_author"
            ),
        ),
        migrations.AddIndex(
            "review",
            models.Index(fields=["content_digest", "created_at"], name="reviews_by_content"),
        ),
    ]
