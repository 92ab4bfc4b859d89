"""What people ask about their own data, and what was erased because its time had come."""

from django.db import models

from wufei.registry.models.people import Person
from wufei.registry.personal_data import SealedRow, SealedTextField


class SubjectRequest(SealedRow):
    """A person asks for access, correction, erasure or restriction of their own data (PIPL 44–50).

    ``kind`` is a key of ``subject_requests.KINDS``; ``details`` and ``wanted`` are sealed. A refusal says why.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="subject_requests")
    kind = models.CharField(max_length=16)
    details = SealedTextField(max_length=1000)
    wanted = SealedTextField(max_length=1000)  # for a correction: the new values, as JSON
    made_at = models.DateTimeField()
    due_on = models.DateField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=64, blank=True)
    granted = models.BooleanField(null=True)
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        """What is due first comes first; one open request per person and kind."""

        verbose_name = "data-subject request"
        ordering = ("due_on", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind"], condition=models.Q(decided_at=None), name="one_open_request_per_kind"
            )
        ]

    def __str__(self) -> str:
        """Say who asks what."""
        return f"{self.person.actor} · {self.kind}"


class Consent(models.Model):
    """A person's separate consent to one processing of sensitive data (PIPL 29); a withdrawn one says since when.

    ``shown_sha256`` is the hash of the words that were shown.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="consents")
    processing = models.CharField(max_length=64)  # an id of data/national/processing
    shown_sha256 = models.CharField(max_length=64)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first; one that stands per person and processing."""

        verbose_name = "consent"
        ordering = ("-given_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "processing"], condition=models.Q(withdrawn_at=None), name="one_consent_that_stands"
            )
        ]

    def __str__(self) -> str:
        """Say who consents to what."""
        return f"{self.person.actor} · {self.processing}"


class RetentionRun(models.Model):
    """One run of the retention job over one kind of data: how many rows were due, how many erased."""

    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    data_kind = models.CharField(max_length=64)  # an id of data/national/retention
    dry_run = models.BooleanField()
    before = models.DateField()  # what ended before this day was due
    due = models.IntegerField()
    erased = models.IntegerField()

    class Meta:
        """Newest first."""

        verbose_name = "retention run"
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        """Say what was erased."""
        return f"{self.data_kind} · {self.before} · {self.erased}"
