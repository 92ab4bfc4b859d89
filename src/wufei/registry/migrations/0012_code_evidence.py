"""Documents that go with a step that a one-time code signs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0011_field"),
    ]

    operations = [
        migrations.AddField(model_name="signingcode", name="evidence", field=models.JSONField(default=list)),
    ]
