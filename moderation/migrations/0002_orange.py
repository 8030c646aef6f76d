"""The filter is there from the start: words that begin with "orange" are rejected."""

from typing import Any

from django.db import migrations


def add_rule(apps: Any, schema_editor: Any) -> None:
    rules = apps.get_model("moderation", "Rule").objects.using(schema_editor.connection.alias)
    rules.create(term="orange", match="prefix", action="reject")


class Migration(migrations.Migration):
    dependencies = [("moderation", "0001_initial")]
    operations = [migrations.RunPython(add_rule, migrations.RunPython.noop)]
