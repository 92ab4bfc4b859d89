"""Vehicles, and the devices that vehicles and sites carry."""

from django.db import models

from wufei.registry import ids
from wufei.registry.models.organisation import Organisation
from wufei.registry.models.site import Site


class Vehicle(models.Model):
    """A vehicle of a carrier; ``plate`` as GA 36 writes it, without spaces or dots; ``load_g`` is the rated load."""

    id = models.CharField(primary_key=True, max_length=64, default=ids.vehicle_id, editable=False)
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="vehicles")
    plate = models.CharField(max_length=10)
    plate_kind = models.CharField(max_length=32)  # an id of data/national/plate_kinds
    kind = models.CharField(max_length=32)  # an id of data/national/vehicle_kinds
    load_g = models.BigIntegerField(null=True, blank=True)
    transport_permit_no = models.CharField(max_length=40, blank=True)
    transport_permit_to = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        """One open vehicle per plate."""

        verbose_name = "vehicle"
        ordering = ("plate", "id")
        constraints = [
            models.UniqueConstraint(fields=["plate"], condition=models.Q(closed_on=None), name="one_vehicle_per_plate")
        ]

    def __str__(self) -> str:
        """The plate."""
        return self.plate


class Device(models.Model):
    """A scale, camera, terminal or tag reader, on a site or a vehicle."""

    id = models.CharField(primary_key=True, max_length=64, default=ids.device_id, editable=False)
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="devices")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="devices")
    vehicle = models.ForeignKey(Vehicle, null=True, blank=True, on_delete=models.PROTECT, related_name="devices")
    kind = models.CharField(max_length=32)  # an id of data/national/device_kinds
    protocol = models.CharField(max_length=32, blank=True)
    serial = models.CharField(max_length=64)
    name_zh = models.CharField(max_length=120, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        """A serial number once per protocol; on a site or on a vehicle, not on both."""

        verbose_name = "device"
        ordering = ("serial", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "serial"], condition=models.Q(closed_on=None), name="one_device_per_serial"
            ),
            models.CheckConstraint(
                condition=models.Q(site=None) | models.Q(vehicle=None), name="device_on_site_or_vehicle"
            ),
        ]

    def __str__(self) -> str:
        """The serial number."""
        return self.serial
