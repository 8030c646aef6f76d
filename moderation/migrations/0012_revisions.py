from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0011_queue"),
    ]

    operations = [
        migrations.AddField(
            model_name="review",
            name="revision",
            field=models.PositiveIntegerField(db_default=1, default=1, editable=False),
        ),
    ]
