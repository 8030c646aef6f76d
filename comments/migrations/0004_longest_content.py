from django.core.validators import MaxLengthValidator
from django.db import migrations, models

from web.text import plain_text

LONGEST = 5000


class Migration(migrations.Migration):
    dependencies = [("comments", "0003_handled")]
    operations = [
        migrations.AlterField(
            "comment",
            "content",
            models.TextField(
                max_length=LONGEST, validators=[MaxLengthValidator(LONGEST), plain_text]
            ),
        )
    ]
