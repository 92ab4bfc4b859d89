from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("city", models.CharField(blank=True, max_length=64)),
                ("kind", models.CharField(max_length=32)),
                ("item_id", models.CharField(max_length=128)),
                ("line", models.PositiveIntegerField(null=True)),
                ("place", models.PositiveIntegerField()),
                ("text", models.TextField()),
                ("plain", models.TextField()),
                ("spaced", models.TextField()),
            ],
            options={
                "indexes": [
                    GinIndex(fields=["plain"], name="search_plain", opclasses=["gin_trgm_ops"]),
                    GinIndex(fields=["spaced"], name="search_spaced", opclasses=["gin_trgm_ops"]),
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=80)),
                ("documents", models.PositiveIntegerField()),
            ],
        ),
    ]
