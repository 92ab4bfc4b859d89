"""What a person may act as: hats, mandates, invitations and claims."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from wufei.registry.models.organisation import Organisation
from wufei.registry.models.people import Person
from wufei.registry.models.site import Site


class Hat(models.Model):
    """A role that a person has in an organisation; a person may have several and wears one at a time.

    ``role`` is an id of data/national/roles. ``place`` narrows a county's office to its county, ``site`` a handler to
    one site. A hat that ended is kept: what was done under it still says so.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="hats")
    role = models.CharField(max_length=64)
    org = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="hats")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="hats")
    place = models.CharField(max_length=64, blank=True)
    granted_by = models.CharField(max_length=64)  # person-<n>, or `setup`
    granted_at = models.DateTimeField()
    valid_to = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=64, blank=True)

    class Meta:
        """The same hat once at a time."""

        verbose_name = "hat"
        ordering = ("granted_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "org", "site", "place"],
                condition=models.Q(ended_at=None),
                name="one_open_hat",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        """Say who is what, where."""
        return f"{self.person} · {self.role} · {self.org or '-'}"


class Mandate(models.Model):
    """Leave given by one organisation to another, or to a person, to act on its behalf within bounds.

    Empty ``streams`` or ``sites`` bound nothing. ``most_g`` is the most that may be moved under it in all. A
    delegation is a mandate to a person of the same organisation.
    """

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="mandates_given")
    to_org = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="mandates_taken"
    )
    to_person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="mandates_taken"
    )
    acts = ArrayField(models.CharField(max_length=64))  # ids of data/national/acts
    streams = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    sites = models.ManyToManyField(Site, blank=True, related_name="mandates")
    valid_from = models.DateField()
    valid_to = models.DateField()
    most_g = models.BigIntegerField(null=True, blank=True)
    granted_by = models.CharField(max_length=64)
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=64, blank=True)
    revoked_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        """To an organisation or to a person."""

        verbose_name = "mandate"
        ordering = ("-granted_at",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_org=None) ^ models.Q(to_person=None), name="mandate_to_org_or_person"
            )
        ]

    def __str__(self) -> str:
        """Say who lets whom."""
        return f"{self.org} → {self.to_org or self.to_person}"


class Invitation(models.Model):
    """A link by which somebody gets a hat in an organisation; only the SHA-256 of its token is kept."""

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invitations")
    role = models.CharField(max_length=64)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT)
    place = models.CharField(max_length=64, blank=True)
    label = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    taken_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="invitations")
    taken_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first."""

        verbose_name = "invitation"
        ordering = ("-created_at",)

    def __str__(self) -> str:
        """Say for whom; never the token."""
        return f"{self.label} · {self.org}"


class Claim(models.Model):
    """Somebody says that an organisation is theirs and shows a proof; an office decides."""

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="claims")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="claims")
    proof = models.ForeignKey("registry.Attachment", on_delete=models.PROTECT, related_name="claims")
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=64, blank=True)
    granted = models.BooleanField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        """One open claim per person and organisation."""

        verbose_name = "claim"
        ordering = ("-made_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["org", "person"], condition=models.Q(decided_at=None), name="one_open_claim"
            )
        ]

    def __str__(self) -> str:
        """Say who claims what."""
        return f"{self.person} · {self.org}"
