"""One-time codes by which somebody signs on another one's device."""

from django.db import models

from wufei.registry.models.access import Hat


class SigningCode(models.Model):
    """A code that signs one step of one case, with this content and no other, in the name of whoever showed it.

    Only a keyed digest of the code is kept. ``changes`` are what the step changes in the form; ``content`` is the hash
    of the whole form as it will be signed, ``no`` the number that the step will have, ``evidence`` the documents that
    go with it (kind, name, SHA-256 of each). ``wrong`` counts wrong tries.
    """

    hat = models.ForeignKey(Hat, on_delete=models.CASCADE, related_name="signing_codes")
    case = models.CharField(max_length=120, db_index=True)
    no = models.PositiveIntegerField()
    transition = models.CharField(max_length=64)
    changes = models.JSONField(default=dict)
    reason = models.CharField(max_length=400, blank=True)
    evidence = models.JSONField(default=list)
    content = models.CharField(max_length=64)
    code_hash = models.CharField(max_length=64)
    move = models.UUIDField(unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    wrong = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    no_history = True

    class Meta:
        """Newest first."""

        verbose_name = "signing code"
        ordering = ("-made_at", "-id")

    def __str__(self) -> str:
        """Say what it signs; never the code."""
        return f"{self.case} {self.no} {self.transition}"
