"""Accounts and the one-time links that open them."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.crypto import salted_hmac

from wufei.registry.personal_data import BlindIndexField, SealedRow, SealedTextField


class Person(SealedRow, AbstractUser):
    """A person who signs in. Name, phone and e-mail address are sealed; found by exact value through the indexes.

    What a person may see and do hangs on the hat that they wear (``Hat``), never on the account. A demonstration
    account is marked ``is_demo`` and shown as such wherever it acts.
    """

    is_demo = models.BooleanField(default=False)
    language = models.CharField(max_length=8, default="zh-hans")
    first_name = None  # names are not split here
    last_name = None
    full_name = SealedTextField(max_length=80)
    full_name_index = BlindIndexField("full_name")
    phone = SealedTextField(max_length=32)
    phone_index = BlindIndexField("phone")
    email = SealedTextField(max_length=254)
    erased_at = models.DateTimeField(null=True, blank=True)  # name, phone, e-mail and sign-in name are gone for good
    deactivated_at = models.DateTimeField(null=True, blank=True)
    deactivated_by = models.CharField(max_length=64, blank=True)
    deactivated_reason = models.CharField(max_length=200, blank=True)
    restricted_at = models.DateTimeField(null=True, blank=True)  # processing stopped at the person's request
    password_set_at = models.DateTimeField(null=True, blank=True)
    password_must_change = models.BooleanField(default=False)  # a security administrator asked for another one
    session_epoch = models.IntegerField(default=0)  # one more ends every session

    REQUIRED_FIELDS = ()

    class Meta:
        """Names for people who read the model."""

        verbose_name = "person"
        verbose_name_plural = "people"

    @property
    def actor(self) -> str:
        """How the journal names the person: an id, so that the name can change or be erased."""
        return f"person-{self.pk}"

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What sessions are bound to: the password, and the epoch that signing out everywhere ends."""
        said = f"{self.password} {self.session_epoch}"
        return salted_hmac("wufei.registry.session", said, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        """The full name, in clear."""
        return self.full_name

    def get_short_name(self) -> str:
        """The same: a name here is one text."""
        return self.full_name

    def __str__(self) -> str:
        """The sign-in name."""
        return self.username


class FirstLoginToken(models.Model):
    """A one-time link for an account without a password; only the SHA-256 of its token is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="first_login_tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Say for whom; never the token."""
        return f"first login of {self.person}"


class ApiToken(models.Model):
    """A key with which a program acts as its person; only the SHA-256 of the key is kept.

    ``label`` is the person's own word for the program; a revoked or expired key opens nothing and stays listed.
    It acts under ``hat`` and no other, and ends with it; ``scopes`` (``journal:read``) say what it is for.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=80)
    hat = models.ForeignKey("registry.Hat", null=True, on_delete=models.PROTECT, related_name="api_tokens")
    scopes = ArrayField(models.CharField(max_length=64), default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Say whose and what for; never the token."""
        return f"{self.label} of {self.person}"
