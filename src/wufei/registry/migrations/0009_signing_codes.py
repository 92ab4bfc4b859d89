"""One-time codes by which somebody signs on another one's device."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0008_webhooks"),
    ]

    operations = [
        migrations.CreateModel(
            name="SigningCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("case", models.CharField(db_index=True, max_length=120)),
                ("no", models.PositiveIntegerField()),
                ("transition", models.CharField(max_length=64)),
                ("changes", models.JSONField(default=dict)),
                ("reason", models.CharField(blank=True, max_length=400)),
                ("content", models.CharField(max_length=64)),
                ("code_hash", models.CharField(max_length=64)),
                ("move", models.UUIDField(unique=True)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("wrong", models.PositiveSmallIntegerField(default=0)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "hat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="signing_codes", to="registry.hat"
                    ),
                ),
            ],
            options={
                "verbose_name": "signing code",
                "ordering": ("-made_at", "-id"),
            },
        ),
    ]
