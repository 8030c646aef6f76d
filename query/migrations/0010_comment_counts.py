import django.db.models.deletion
from django.db import migrations, models


def count_comments(apps, schema_editor):
    """What is written until the new version runs is counted with the first event it handles."""
    alias = schema_editor.connection.alias
    comments = apps.get_model("query", "CommentView").objects.using(alias).order_by()
    counts = apps.get_model("query", "CommentCounts")
    statuses = ("approved", "pending", "rejected")
    numbers = {each: models.Count("pk", filter=models.Q(status=each)) for each in statuses}
    rows = comments.filter(status__in=statuses).values("post_id").annotate(**numbers)
    counts.objects.using(alias).bulk_create(
        (counts(**row) for row in rows.iterator()), batch_size=500
    )


class Migration(migrations.Migration):
    dependencies = [
        ("query", "0009_threads"),
    ]

    operations = [
        migrations.CreateModel(
            name="CommentCounts",
            fields=[
                (
                    "post",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="counts",
                        serialize=False,
                        to="query.postview",
                    ),
                ),
                ("approved", models.IntegerField(default=0)),
                ("pending", models.IntegerField(default=0)),
                ("rejected", models.IntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name="checkpoint",
            name="tallied",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name="commentview",
            index=models.Index(
                fields=["post_id", "created_at", "id", "status"], name="commentview_newest"
            ),
        ),
        migrations.RemoveIndex(model_name="commentview", name="commentview_of_post"),
        migrations.RunPython(count_comments, migrations.RunPython.noop),
    ]
