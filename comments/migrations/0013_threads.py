from django.db import migrations, models

BATCH_ROWS = 500


def place_replies(apps, schema_editor):
    """Each reply learns what its thread began with. Until now replies came with imports alone."""
    comments = apps.get_model("comments", "Comment").objects.using(schema_editor.connection.alias)
    replies = dict(comments.filter(parent_id__isnull=False).values_list("id", "parent_id"))
    for start in range(0, len(replies), BATCH_ROWS):
        batch = list(replies)[start : start + BATCH_ROWS]
        first = {key: _first(key, replies) for key in batch}
        began = dict(comments.filter(id__in=first.values()).values_list("id", "created_at"))
        rows = comments.filter(id__in=batch)
        for row in rows:
            row.thread_id = first[row.id]
            row.thread_at = began.get(row.thread_id, row.created_at)
        comments.bulk_update(rows, ["thread_id", "thread_at"])


def _first(key, replies):
    seen = set()
    while key in replies and key not in seen:
        seen.add(key)
        key = replies[key]
    return key


class Migration(migrations.Migration):
    dependencies = [
        ("comments", "0012_revisions"),
    ]

    operations = [
        migrations.AddField(
            model_name="comment",
            name="thread_id",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="comment",
            name="thread_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunPython(place_replies, migrations.RunPython.noop),
    ]
