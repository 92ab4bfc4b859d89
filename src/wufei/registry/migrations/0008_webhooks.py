"""Subscriptions of programs and what is to be delivered to each."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import wufei.registry.personal_data


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0007_sign_in"),
    ]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=80)),
                ("url", models.CharField(max_length=500)),
                (
                    "secret",
                    wufei.registry.personal_data.SealedTextField(blank=True, default="", max_length=120),
                ),
                (
                    "workflows",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), blank=True, default=list, size=None
                    ),
                ),
                ("position", models.BigIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_why", models.CharField(blank=True, max_length=80)),
                (
                    "hat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="webhooks", to="registry.hat"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="webhooks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook",
                "ordering": ("-made_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.BigIntegerField()),
                ("record", models.UUIDField()),
                ("case", models.CharField(blank=True, max_length=120)),
                ("state", models.CharField(default="waiting", max_length=10)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("first_at", models.DateTimeField()),
                ("next_at", models.DateTimeField()),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("problem", models.CharField(blank=True, max_length=200)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="registry.webhook",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "ordering": ("position",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["webhook", "next_at"], name="delivery_waiting"
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("webhook", "position"), name="one_delivery")],
            },
        ),
    ]
