"""The imports: which file, by whom, how far, and what was refused."""

from __future__ import annotations

from django.db import models


class Import(models.Model):
    """One file imported as one kind. ``state`` is running, done or refused; ``rows_done`` rows of it are dealt with.

    ``sketch`` holds the smallest digests of its rows, by which a file with much the same rows is noticed.
    """

    sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=64)
    name = models.TextField()
    sheet = models.TextField(blank=True)
    mode = models.CharField(max_length=8)
    state = models.CharField(max_length=8)
    actor = models.TextField()
    acting_for = models.TextField()
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    rows = models.BigIntegerField()
    rows_done = models.BigIntegerField(default=0)
    appended = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    sketch = models.JSONField(default=list)
    errors = models.JSONField(default=list)

    class Meta:
        """One row for a file and kind."""

        db_table = "intake_import"
        constraints = (models.UniqueConstraint(fields=("sha256", "kind"), name="intake_import_once"),)
        indexes = (models.Index(fields=("kind", "acting_for", "started_at"), name="intake_import_org"),)

    def __str__(self) -> str:
        """The file and its state."""
        return f"{self.kind} {self.name} {self.state}"
