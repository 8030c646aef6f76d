from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("eventstore", "0004_journeys")]
    operations = [
        migrations.AlterModelOptions(
            "subscription",
            {"permissions": (("pause_subscription", "Can pause and resume a consumer"),)},
        ),
        migrations.AddField("subscription", "paused_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "subscription",
            "paused_by",
            models.CharField(max_length=150, blank=True, default="", db_default=""),
        ),
        migrations.AlterField("subscription", "seen_at", models.DateTimeField(null=True)),
    ]
