"""Phones that sign without a network, and their signed actions."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0010_consents"),
    ]

    operations = [
        migrations.CreateModel(
            name="FieldDevice",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("label", models.CharField(max_length=80)),
                ("public_key", models.CharField(max_length=130)),
                ("enrolled_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_why", models.CharField(blank=True, max_length=80)),
                ("sequence", models.PositiveIntegerField(default=0)),
                ("head", models.CharField(blank=True, max_length=64)),
                (
                    "hat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="field_devices", to="registry.hat"
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="field_devices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "field device",
                "ordering": ("-enrolled_at", "id"),
            },
        ),
        migrations.CreateModel(
            name="FieldAction",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("sequence", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("body", models.JSONField()),
                ("signature", models.CharField(max_length=128)),
                ("after", models.UUIDField(blank=True, null=True)),
                ("happened_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("clock_off_s", models.IntegerField(default=0)),
                ("state", models.CharField(default="received", max_length=10)),
                ("case", models.CharField(blank=True, max_length=120)),
                ("no", models.PositiveIntegerField(blank=True, null=True)),
                ("record", models.UUIDField()),
                ("outcome", models.CharField(blank=True, max_length=20)),
                ("error", models.JSONField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("settled_by", models.CharField(blank=True, max_length=64)),
                ("reason", models.CharField(blank=True, max_length=400)),
                (
                    "org",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="actions", to="registry.fielddevice"
                    ),
                ),
            ],
            options={
                "verbose_name": "field action",
                "ordering": ("received_at", "device", "sequence"),
                "indexes": [
                    models.Index(fields=["device", "sequence"], name="field_action_chain"),
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["after"], name="field_action_waiting"
                    ),
                    models.Index(
                        condition=models.Q(("state", "conflict")), fields=["org", "received_at"], name="field_conflicts"
                    ),
                ],
            },
        ),
    ]
