"""The queue: titles of posts, decisions as a history, reasons to choose from, and indexes."""

from typing import Any

from django.db import migrations, models

STATUSES = [("pending", "Pending"), ("approved", "Approved"), ("rejected", "Rejected")]
ID = models.BigAutoField("ID", auto_created=True, primary_key=True, serialize=False)
REASONS = ("Spam", "Off topic", "Insulting", "Advertising", "Said before")


def add_reasons(apps: Any, schema_editor: Any) -> None:
    reasons = apps.get_model("moderation", "Reason").objects.using(schema_editor.connection.alias)
    reasons.bulk_create(reasons.model(text=text, place=n) for n, text in enumerate(REASONS, 1))


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0010_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("comment_id", models.UUIDField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                        ],
                        max_length=8,
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=1)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("decided_by", models.CharField(max_length=150)),
                ("decided_at", models.DateTimeField()),
                ("by_person", models.BooleanField()),
                ("seconds", models.FloatField(null=True)),
                ("batch", models.UUIDField(null=True)),
                ("before", models.JSONField(null=True)),
                ("undoes", models.BigIntegerField(null=True, unique=True)),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="KnownPost",
            fields=[
                ("post_id", models.UUIDField(primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="Reason",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=200, unique=True)),
                (
                    "place",
                    models.PositiveSmallIntegerField(default=0, help_text="Lower ones come first."),
                ),
            ],
            options={
                "ordering": ("place", "id"),
            },
        ),
        migrations.AddField(
            model_name="review",
            name="queued_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="review",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "Pending"),
                    ("approved", "Approved"),
                    ("rejected", "Rejected"),
                ],
                default="pending",
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                fields=["status", "created_at", "comment_id"], name="reviews_in_queue"
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["created_at", "comment_id"], name="reviews_by_time"),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["post_id", "status", "created_at"], name="reviews_of_post"),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["decided_by", "created_at"], name="reviews_by_decider"),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["comment_id", "id"], name="decisions_on_comment"),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["batch"], name="decisions_of_batch"),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                fields=["by_person", "decided_at", "decided_by", "status"], name="decisions_by_time"
            ),
        ),
        migrations.RunPython(add_reasons, migrations.RunPython.noop),
    ]
