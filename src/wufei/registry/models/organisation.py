"""Organisations, and who was merged into whom."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from wufei.registry.ids import org_id
from wufei.registry.personal_data import SealedTextField


class Organisation(models.Model):
    """A legal unit: an enterprise, an institution, a bureau.

    The bodies that the city's plan names stand here too, under their id in the catalogue (``declared``): their names
    are the catalogue's and are not edited here. ``place`` is an id of the catalogue's places. A closed organisation
    starts nothing new but finishes what is open; a merged one points to the one that goes on.
    """

    id = models.CharField(primary_key=True, max_length=64, default=org_id, editable=False)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200, blank=True)
    aliases = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    kind = models.CharField(max_length=32)  # an id of data/national/org_kinds
    credit_code = models.CharField(max_length=18, null=True, blank=True, unique=True)
    industry = models.CharField(max_length=8, blank=True)  # GB/T 4754: letter or 2–4 digits
    legal_person = SealedTextField(max_length=80)
    registered_address = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=64, blank=True)
    declared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_on = models.DateField(null=True, blank=True)
    closed_reason = models.CharField(max_length=200, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")

    class Meta:
        """Listed by name, found by a name that is near."""

        verbose_name = "organisation"
        ordering = ("name_zh", "id")
        indexes = [GinIndex(fields=["name_zh"], name="organisation_name_near", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        """The Chinese name."""
        return self.name_zh

    def name(self, lang: str) -> str:
        """The name in ``lang``; Chinese where there is no English one."""
        return self.name_en if lang == "en" and self.name_en else self.name_zh
