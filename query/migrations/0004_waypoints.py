from django.db import migrations

from eventstore.tables import create_waypoint, place_checkpoint


class Migration(migrations.Migration):
    dependencies = [("query", "0003_handled")]
    operations = [create_waypoint("query"), *place_checkpoint()]
