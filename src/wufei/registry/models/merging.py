"""Two entries of one organisation made one, with what is needed to part them again."""

from django.db import models

from wufei.registry.models.organisation import Organisation


class Merge(models.Model):
    """``org`` was found to be the same as ``into``, and everything of it moved there.

    ``moved`` and ``stood`` name by table the rows that moved and those that ``into`` had before: the merge can be
    undone while these two together are still what refers to ``into``. ``gave`` is what ``into`` took over of ``org``.
    """

    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="merges")
    into = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="merges_taken")
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    moved = models.JSONField(default=dict)
    stood = models.JSONField(default=dict)
    gave = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=64, blank=True)

    class Meta:
        """Newest first; an organisation is merged once at a time."""

        verbose_name = "merge"
        ordering = ("-at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["org"], condition=models.Q(undone_at=None), name="merged_once_at_a_time")
        ]

    def __str__(self) -> str:
        """Say what became one."""
        return f"{self.org} → {self.into}"
