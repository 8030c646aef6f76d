from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("comments", "0011_traces"),
    ]

    operations = [
        migrations.AddField(
            model_name="comment",
            name="reason",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=200
            ),
        ),
        migrations.AddField(
            model_name="comment",
            name="revision",
            field=models.PositiveIntegerField(db_default=1, default=1, editable=False),
        ),
    ]
