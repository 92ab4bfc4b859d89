"""The history of every row of the registry, written by triggers of the database (sql/history.sql)."""

from django.db import models


class Change(models.Model):
    """One insert, update or delete: who, when, before, after. Append-only, for everybody.

    ``actor`` and ``acting_for`` are taken from the hat in force; a change from outside the pages (a migration, the
    owner's console) bears the database role. ``before`` and ``after`` hold the changed columns only.
    """

    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    acting_for = models.CharField(max_length=64)
    table = models.CharField(max_length=64)
    row = models.CharField(max_length=64)
    act = models.CharField(max_length=6)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        """Found by row. Django neither makes nor empties the table: it is append-only."""

        managed = False
        db_table = "registry_change"
        verbose_name = "change"
        ordering = ("-at", "-id")
        indexes = [models.Index(fields=["table", "row", "-at"], name="change_of_row")]

    def __str__(self) -> str:
        """Say what changed."""
        return f"{self.act} {self.table} {self.row}"
