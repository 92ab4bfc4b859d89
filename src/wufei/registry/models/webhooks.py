"""Whom to tell of changes: subscriptions of programs, and what is still to be delivered to each."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from wufei.registry.models.access import Hat
from wufei.registry.models.people import Person
from wufei.registry.personal_data import SealedRow, SealedTextField


class Webhook(SealedRow):
    """An address that is told what a hat may see, as it is sealed.

    ``secret`` signs what is sent. ``workflows`` narrows it to the steps of some kinds of cases; empty is every record.
    ``position`` is the place in the journal's tree from which to go on. It ends with the hat, at the latest.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="webhooks")
    hat = models.ForeignKey(Hat, on_delete=models.PROTECT, related_name="webhooks")
    label = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    secret = SealedTextField(max_length=120)
    workflows = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    position = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=80, blank=True)

    no_history = True

    class Meta:
        """The newest first."""

        verbose_name = "webhook"
        ordering = ("-made_at", "-id")

    def __str__(self) -> str:
        """Say where to; never the secret."""
        return f"{self.label} → {self.url}"


class Delivery(models.Model):
    """One record to be told to one address. ``state`` is waiting, delivered or dead (given up after 72 hours).

    ``case`` is the case that the record moves, if any: what concerns one case arrives in its order.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    position = models.BigIntegerField()
    record = models.UUIDField()
    case = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, default="waiting")
    attempts = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    next_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    no_history = True

    class Meta:
        """In the order of the tree; a record once for each address."""

        verbose_name = "delivery"
        ordering = ("position",)
        constraints = [models.UniqueConstraint(fields=["webhook", "position"], name="one_delivery")]
        indexes = [
            models.Index(fields=["webhook", "next_at"], condition=models.Q(state="waiting"), name="delivery_waiting")
        ]

    def __str__(self) -> str:
        """Say what, where, and how it stands."""
        return f"{self.record} → {self.webhook_id}: {self.state}"
