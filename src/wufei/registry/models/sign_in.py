"""How people prove who they are, how often that failed, and who looks through whose hat.

All of these tables are read and written at the door only (data/national/access): under a hat nobody sees them.
"""

from django.db import models

from wufei.registry.models.access import Hat
from wufei.registry.models.people import Person
from wufei.registry.personal_data import SealedRow, SealedTextField


class SecondFactor(SealedRow):
    """A second proof beside the password: an authenticator's secret (``totp``) or a passkey.

    ``counter`` only grows: the last time step of an authenticator that was used, or a passkey's count of signatures.
    A ``credential`` is the passkey's public part as fido2 writes it. One without ``confirmed_at`` is being set up.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="second_factors")
    kind = models.CharField(max_length=16)
    label = models.CharField(max_length=80, blank=True)
    secret = SealedTextField(max_length=64)
    credential_id = models.CharField(max_length=1400, null=True, blank=True, unique=True)
    credential = models.BinaryField(default=bytes)
    counter = models.BigIntegerField(default=0)
    added_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    no_history = True

    class Meta:
        """The oldest first."""

        verbose_name = "second factor"
        ordering = ("added_at", "id")

    def __str__(self) -> str:
        """Say whose; never the secret."""
        return f"{self.kind} of {self.person}"


class RecoveryCode(models.Model):
    """A code for one use when the second factor is lost; only its SHA-256 is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    no_history = True

    class Meta:
        """A code once per person."""

        verbose_name = "recovery code"
        constraints = [models.UniqueConstraint(fields=["person", "code_hash"], name="one_recovery_code")]

    def __str__(self) -> str:
        """Say whose; never the code."""
        return f"recovery code of {self.person}"


class OldPassword(models.Model):
    """The hash of a password that a person had, so that it is not taken again."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="old_passwords")
    password = models.CharField(max_length=128)
    set_at = models.DateTimeField()

    no_history = True

    class Meta:
        """Newest first."""

        verbose_name = "old password"
        ordering = ("-set_at", "-id")

    def __str__(self) -> str:
        """Say whose."""
        return f"old password of {self.person}"


class SignInCount(models.Model):
    """Failed sign-ins of one sign-in name, account or address; ``key`` is a digest, so that no name is kept."""

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.IntegerField(default=0)
    last_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True, blank=True)

    no_history = True

    class Meta:
        """Names for people who read the model."""

        verbose_name = "count of failed sign-ins"

    def __str__(self) -> str:
        """Say how many."""
        return f"{self.failures} failures"


class Identity(models.Model):
    """Who a person is at an identity provider (OpenID Connect): its issuer and the subject that it names."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()

    no_history = True

    class Meta:
        """One person for each subject."""

        verbose_name = "identity"
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="one_person_per_subject")]

    def __str__(self) -> str:
        """Say whose."""
        return f"{self.person} at {self.issuer}"


class Impersonation(models.Model):
    """A system administrator looked through somebody's hat: who, whose, why, from when until when; read-only."""

    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="impersonations_made")
    hat = models.ForeignKey(Hat, on_delete=models.PROTECT, related_name="impersonations")
    reason = models.CharField(max_length=200)
    began_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)  # when the subject was shown it

    class Meta:
        """Newest first."""

        verbose_name = "impersonation"
        ordering = ("-began_at",)

    def __str__(self) -> str:
        """Say who through whose hat."""
        return f"{self.by} → {self.hat}"


class AuditDetail(models.Model):
    """Whence an act of the audit log came: personal data beside the journal, erased when its time is over."""

    record = models.UUIDField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)

    no_history = True

    class Meta:
        """Names for people who read the model."""

        verbose_name = "detail of an audit record"

    def __str__(self) -> str:
        """Say of which record."""
        return str(self.record)
