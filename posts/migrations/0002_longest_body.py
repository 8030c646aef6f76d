import django.core.validators
from django.db import migrations, models

import web.text


class Migration(migrations.Migration):
    dependencies = [
        ("posts", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="post",
            name="body",
            field=models.TextField(
                max_length=20000,
                validators=[django.core.validators.MaxLengthValidator(20000), web.text.plain_text],
            ),
        ),
    ]
