from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("query", "0006_waypoint_times"),
    ]

    operations = [
        migrations.AddField(
            model_name="commentview",
            name="parent_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="commentview",
            name="reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="postview",
            name="former_path",
            field=models.CharField(
                blank=True, db_default="", db_index=True, default="", max_length=400
            ),
        ),
        migrations.AddField(
            model_name="postview",
            name="slug",
            field=models.CharField(
                blank=True, db_default="", db_index=True, default="", max_length=120
            ),
        ),
    ]
