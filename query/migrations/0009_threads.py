from django.db import migrations, models
from django.db.models import F


def begin_threads(apps, schema_editor):
    """No comment here is known as a reply: those get their threads when the model is rebuilt."""
    comments = apps.get_model("query", "CommentView").objects.using(schema_editor.connection.alias)
    comments.update(thread_id=F("id"), thread_at=F("created_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("query", "0008_authors"),
    ]

    operations = [
        migrations.AddField(
            model_name="commentview",
            name="thread_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="commentview",
            name="thread_id",
            field=models.UUIDField(null=True),
        ),
        migrations.RunPython(begin_threads, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="commentview",
            index=models.Index(
                fields=["post_id", "thread_at", "thread_id", "created_at", "id", "status"],
                name="commentview_thread",
            ),
        ),
    ]
