"""What a decision leaves with a comment, and the rules that decide; "orange" is there at once."""

from typing import Any

from django.db import migrations, models


def add_rule(apps: Any, schema_editor: Any) -> None:
    rules = apps.get_model("comparison", "Rule").objects.using(schema_editor.connection.alias)
    rules.create(term="orange", match="prefix", action="reject")


class Migration(migrations.Migration):
    dependencies = [("comparison", "0001_initial")]
    operations = [
        migrations.AddField(
            "Comment",
            "reason",
            models.CharField(max_length=200, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "Comment",
            "matched_term",
            models.CharField(max_length=100, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "Comment",
            "decided_by",
            models.CharField(max_length=150, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField("Comment", "decided_at", models.DateTimeField(null=True, blank=True)),
        migrations.CreateModel(
            "Rule",
            [
                (
                    "id",
                    models.BigAutoField(
                        primary_key=True, serialize=False, auto_created=True, verbose_name="ID"
                    ),
                ),
                ("term", models.CharField(max_length=100)),
                ("match", models.CharField(max_length=9, default="word")),
                ("action", models.CharField(max_length=6, default="reject")),
                ("enabled", models.BooleanField(default=True)),
            ],
            options={"ordering": ("term",), "default_permissions": ()},
        ),
        migrations.RunPython(add_rule, migrations.RunPython.noop),
    ]
