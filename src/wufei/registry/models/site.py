"""Sites and what stands on them: facilities, storage facilities, sources of waste, devices."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from wufei.registry import ids
from wufei.registry.models.organisation import Organisation


class Site(models.Model):
    """A place where an organisation works; its id is the place of its accounts in the journal.

    ``longitude`` and ``latitude`` are degrees in CGCS2000 (WGS-84 to within a decimetre); other datums are converted
    when they come in. ``place`` is the county, zone or township of the catalogue. ``eia_generation_g_per_year`` is the
    larger figure of the environmental assessment and the discharge permit: the unit class of a site without three
    years of records follows from it (HJ 1259—2022, 4.2). The class itself is computed; an override says who and why.
    """

    id = models.CharField(primary_key=True, max_length=64, default=ids.site_id, editable=False)
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sites")
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=64)
    address = models.CharField(max_length=200, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=6, null=True, blank=True)
    in_operation_since = models.DateField(null=True, blank=True)
    generation_cycle_months = models.PositiveSmallIntegerField(null=True, blank=True)
    eia_approval_no = models.CharField(max_length=80, blank=True)
    discharge_permit_no = models.CharField(max_length=40, blank=True)
    eia_generation_g_per_year = models.BigIntegerField(null=True, blank=True)
    class_override = models.CharField(max_length=32, blank=True)  # an id of data/national/unit_classes
    class_override_reason = models.CharField(max_length=200, blank=True)
    class_override_by = models.CharField(max_length=64, blank=True)
    class_override_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_on = models.DateField(null=True, blank=True)
    closed_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        """Listed by name."""

        verbose_name = "site"
        ordering = ("name_zh", "id")

    def __str__(self) -> str:
        """The Chinese name."""
        return self.name_zh

    def name(self, lang: str) -> str:
        """The name in ``lang``; Chinese where there is no English one."""
        return self.name_en if lang == "en" and self.name_en else self.name_zh


class Tenure(models.Model):
    """Who held a site from when to when; the open one is the holder of today."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="tenures")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="tenures")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        """One holder at a time."""

        constraints = [
            models.UniqueConstraint(fields=["site"], condition=models.Q(valid_to=None), name="one_holder_at_a_time")
        ]

    def __str__(self) -> str:
        """Say who holds what."""
        return f"{self.org} · {self.site} · {self.valid_from}"


class Facility(models.Model):
    """What treats, uses or produces on a site; ``capacity`` is in ``unit``, a symbol of terms/units.txt."""

    id = models.CharField(primary_key=True, max_length=64, default=ids.facility_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="facilities")
    name_zh = models.CharField(max_length=120)
    code = models.CharField(max_length=40, blank=True)  # of the discharge permit, else after HJ 608
    kind = models.CharField(max_length=32)  # an id of data/national/facility_kinds
    capacity = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    unit = models.CharField(max_length=16, blank=True)
    operations = ArrayField(models.CharField(max_length=8), default=list, blank=True)  # R/D codes, HJ 1033 annex F
    permit_heading = models.CharField(max_length=120, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        """Listed by name."""

        verbose_name = "facility"
        ordering = ("name_zh", "id")

    def __str__(self) -> str:
        """The name."""
        return self.name_zh


class Storage(models.Model):
    """A storage facility of a site (GB 18597—2023): what may lie there and how much."""

    id = models.CharField(primary_key=True, max_length=64, default=ids.storage_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="storages")
    name_zh = models.CharField(max_length=120)
    code = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=32)  # an id of data/national/storage_kinds
    area_m2 = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    capacity_g = models.BigIntegerField(null=True, blank=True)
    streams = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        """Listed by name."""

        verbose_name = "storage facility"
        ordering = ("name_zh", "id")

    def __str__(self) -> str:
        """The name."""
        return self.name_zh


class WasteSource(models.Model):
    """Where on a site a stream arises (产废环节), and how much is expected of it in a year."""

    id = models.CharField(primary_key=True, max_length=64, default=ids.waste_source_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="waste_sources")
    facility = models.ForeignKey(
        Facility, null=True, blank=True, on_delete=models.PROTECT, related_name="waste_sources"
    )
    stream = models.CharField(max_length=64)
    name_zh = models.CharField(max_length=120)  # what the enterprise calls the waste
    step = models.CharField(max_length=120, blank=True)
    form = models.CharField(max_length=16, blank=True)
    expected_g_per_year = models.BigIntegerField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        """Listed by name."""

        verbose_name = "waste source"
        ordering = ("name_zh", "id")

    def __str__(self) -> str:
        """The name."""
        return self.name_zh
