"""The monolith's tables, in databases that live as long as a run; and the rule "orange"."""

import uuid
from typing import Any

from django.db import migrations, models

KEY = models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)
ROW = models.BigAutoField("ID", auto_created=True, primary_key=True, serialize=False)
POST = models.ForeignKey(
    "comparison.Post", models.CASCADE, related_name="comments", db_index=False
)


def add_rule(apps: Any, schema_editor: Any) -> None:
    rules = apps.get_model("comparison", "Rule").objects.using(schema_editor.connection.alias)
    rules.create(term="orange", match="prefix", action="reject")


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Post",
            [
                ("id", KEY),
                ("title", models.CharField(max_length=200)),
                ("body", models.TextField()),
                ("author", models.CharField(blank=True, max_length=80)),
                ("created_at", models.DateTimeField()),
                ("slug", models.CharField(blank=True, max_length=120)),
            ],
            {
                "ordering": ("-created_at", "-id"),
                "default_permissions": (),
                "indexes": [models.Index(fields=["-created_at", "-id"], name="post_newest")],
            },
        ),
        migrations.CreateModel(
            "Comment",
            [
                ("id", KEY),
                ("post", POST),
                ("parent_id", models.UUIDField(null=True, blank=True)),
                ("author", models.CharField(max_length=80)),
                ("content", models.TextField()),
                ("status", models.CharField(max_length=8)),
                ("created_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=200, blank=True)),
                ("matched_term", models.CharField(max_length=100, blank=True)),
                ("decided_by", models.CharField(max_length=150, blank=True)),
                ("decided_at", models.DateTimeField(null=True, blank=True)),
            ],
            {
                "ordering": ("created_at", "id"),
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["post", "created_at", "id"], name="comment_of_its_post")
                ],
            },
        ),
        migrations.CreateModel(
            "Rule",
            [
                ("id", ROW),
                ("term", models.CharField(max_length=100)),
                ("match", models.CharField(max_length=9, default="word")),
                ("action", models.CharField(max_length=6, default="reject")),
                ("enabled", models.BooleanField(default=True)),
            ],
            {"ordering": ("term",), "default_permissions": ()},
        ),
        migrations.RunPython(add_rule, migrations.RunPython.noop),
    ]
