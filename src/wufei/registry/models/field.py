"""Phones that sign without a network, and the signed actions that they sent."""

from django.db import models

from wufei.registry.models.access import Hat
from wufei.registry.models.organisation import Organisation
from wufei.registry.models.people import Person


class FieldDevice(models.Model):
    """A phone enrolled for a person under a hat: the public half of a key that never leaves it.

    ``sequence`` and ``head`` are number and hash of the last action of the unbroken chain that has arrived.
    """

    id = models.UUIDField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="field_devices")
    hat = models.ForeignKey(Hat, on_delete=models.PROTECT, related_name="field_devices")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    label = models.CharField(max_length=80)
    public_key = models.CharField(max_length=130)
    enrolled_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_why = models.CharField(max_length=80, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)

    no_history = True

    class Meta:
        """The newest first."""

        verbose_name = "field device"
        ordering = ("-enrolled_at", "id")

    def __str__(self) -> str:
        """Say whose it is."""
        return f"{self.label} ({self.person_id})"


class FieldAction(models.Model):
    """A signed action of a phone, kept from its arrival for good, and what became of it.

    ``state`` is received, applied, waiting (for the action ``after``), conflict or dropped. ``error`` is what stands
    against it: code and values of the named errors. ``case``, ``no`` and ``record`` tell the step that it became.
    """

    id = models.UUIDField(primary_key=True)
    device = models.ForeignKey(FieldDevice, on_delete=models.PROTECT, related_name="actions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    sequence = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    body = models.JSONField()
    signature = models.CharField(max_length=128)
    after = models.UUIDField(null=True, blank=True)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    clock_off_s = models.IntegerField(default=0)
    state = models.CharField(max_length=10, default="received")
    case = models.CharField(max_length=120, blank=True)
    no = models.PositiveIntegerField(null=True, blank=True)
    record = models.UUIDField()
    outcome = models.CharField(max_length=20, blank=True)
    error = models.JSONField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=400, blank=True)

    no_history = True

    class Meta:
        """In the order of each phone's chain."""

        verbose_name = "field action"
        ordering = ("received_at", "device", "sequence")
        indexes = [
            models.Index(fields=["device", "sequence"], name="field_action_chain"),
            models.Index(fields=["after"], condition=models.Q(state="waiting"), name="field_action_waiting"),
            models.Index(fields=["org", "received_at"], condition=models.Q(state="conflict"), name="field_conflicts"),
        ]

    def __str__(self) -> str:
        """Say which action of which phone it is, and how it stands."""
        return f"{self.device_id} {self.sequence}: {self.state}"
