from django.core.validators import MaxLengthValidator
from django.db import migrations, models

from web.text import plain_text

LONGEST = 20000


class Migration(migrations.Migration):
    dependencies = [("posts", "0001_initial")]
    operations = [
        migrations.AlterField(
            "post",
            "body",
            models.TextField(
                max_length=LONGEST, validators=[MaxLengthValidator(LONGEST), plain_text]
            ),
        )
    ]
