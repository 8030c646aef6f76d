from django.core.validators import MaxLengthValidator
from django.db import migrations, models

from web.text import plain_text

BODY = models.TextField(max_length=20000, validators=[MaxLengthValidator(20000), plain_text])


class Migration(migrations.Migration):
    dependencies = [("posts", "0001_initial")]
    operations = [migrations.AlterField("post", "body", BODY)]
