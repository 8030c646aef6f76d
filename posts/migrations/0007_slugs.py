import django.core.validators
from django.db import migrations, models

import web.text


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0006_traces"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="former_path",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=400
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="slug",
            field=models.CharField(editable=False, max_length=120, null=True, unique=True),
        ),
        migrations.AlterField(
            model_name="post",
            name="body",
            field=models.TextField(
                blank=True,
                max_length=20000,
                validators=[django.core.validators.MaxLengthValidator(20000), web.text.plain_text],
            ),
        ),
    ]
