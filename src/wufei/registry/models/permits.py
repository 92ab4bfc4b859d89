"""Permits, filings and contracts: what an organisation may do, how much of it, and with whom."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from wufei.registry import ids
from wufei.registry.models.organisation import Organisation
from wufei.registry.models.site import Site


class Permit(models.Model):
    """A permit or a filing; valid from the first to the last day named. ``mode`` is what a licence allows.

    ``replaces`` is the permit that this one renews. A suspended or revoked permit says since when and why.
    """

    id = models.CharField(primary_key=True, max_length=64, default=ids.permit_id, editable=False)
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="permits")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="permits")
    kind = models.CharField(max_length=32)  # an id of data/national/permit_kinds
    number = models.CharField(max_length=60)
    issuer = models.CharField(max_length=120)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    mode = models.CharField(max_length=120, blank=True)
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    revoked_on = models.DateField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        """Listed by what ends first; a number once per kind."""

        verbose_name = "permit"
        ordering = ("valid_to", "number")
        constraints = [models.UniqueConstraint(fields=["kind", "number"], name="one_permit_per_number")]

    def __str__(self) -> str:
        """The number."""
        return self.number


class PermitScope(models.Model):
    """One line of a permit: a stream, the operations allowed on it, and the most grams a year (none: not limited)."""

    permit = models.ForeignKey(Permit, on_delete=models.CASCADE, related_name="scopes")
    stream = models.CharField(max_length=64)
    operations = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    quota_g_per_year = models.BigIntegerField(null=True, blank=True)

    class Meta:
        """A stream once per permit."""

        verbose_name = "permit line"
        ordering = ("stream",)
        constraints = [models.UniqueConstraint(fields=["permit", "stream"], name="one_line_per_stream")]

    def __str__(self) -> str:
        """Say what is allowed."""
        return f"{self.permit} · {self.stream}"


class Contract(models.Model):
    """An agreement by which one organisation hands waste to another."""

    id = models.CharField(primary_key=True, max_length=64, default=ids.contract_id, editable=False)
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="contracts_given")
    partner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="contracts_taken")
    kind = models.CharField(max_length=32)  # an id of data/national/contract_kinds
    number = models.CharField(max_length=60, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    streams = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    most_g = models.BigIntegerField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        """Listed by what ends first."""

        verbose_name = "contract"
        ordering = ("valid_to", "id")

    def __str__(self) -> str:
        """The number, or the id."""
        return self.number or self.id
