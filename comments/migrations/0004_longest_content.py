import django.core.validators
from django.db import migrations, models

import web.text


class Migration(migrations.Migration):
    dependencies = [
        ("comments", "0003_handled"),
    ]

    operations = [
        migrations.AlterField(
            model_name="comment",
            name="content",
            field=models.TextField(
                max_length=5000,
                validators=[django.core.validators.MaxLengthValidator(5000), web.text.plain_text],
            ),
        ),
    ]
