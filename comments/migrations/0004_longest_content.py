from django.core.validators import MaxLengthValidator
from django.db import migrations, models

from web.text import plain_text

CONTENT = models.TextField(max_length=5000, validators=[MaxLengthValidator(5000), plain_text])


class Migration(migrations.Migration):
    dependencies = [("comments", "0003_handled")]
    operations = [migrations.AlterField("comment", "content", CONTENT)]
