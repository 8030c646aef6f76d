import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("comments", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="ParkedEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("consumer", models.CharField(max_length=64)),
                ("position", models.BigIntegerField()),
                ("event_id", models.UUIDField()),
                ("type", models.CharField(max_length=64)),
                ("key", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("parked", "parked: it failed"),
                            ("waiting", "waiting behind a parked one"),
                            ("discarded", "discarded by a person"),
                        ],
                        db_index=True,
                        max_length=9,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("traceback", models.TextField(blank=True)),
                ("parked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("discarded_by", models.CharField(blank=True, max_length=150)),
                ("reason", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "ordering": ("position",),
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("consumer", "position"), name="comments_parked_once"
                    )
                ],
            },
        ),
    ]
