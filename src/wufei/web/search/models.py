"""One row per printed line and per declared thing."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models


class SearchDocument(models.Model):
    """A thing that can be found.

    ``city`` is blank for what is national; ``line`` is set for a printed line of the source ``item_id``.
    ``text`` is what people read, ``plain`` is folded for letter-by-letter hits, ``spaced`` for hits that come close.
    """

    city = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=32)
    item_id = models.CharField(max_length=128)
    line = models.PositiveIntegerField(null=True)
    place = models.PositiveIntegerField()
    text = models.TextField()
    plain = models.TextField()
    spaced = models.TextField()

    class Meta:
        """Trigram indexes on both folded forms."""

        app_label = "web"
        indexes = (
            GinIndex(fields=["plain"], name="search_plain", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["spaced"], name="search_spaced", opclasses=["gin_trgm_ops"]),
        )

    def __str__(self) -> str:
        """Kind and id."""
        return f"{self.kind}/{self.item_id}"


class SearchState(models.Model):
    """Which catalogue the index holds."""

    digest = models.CharField(max_length=80)
    documents = models.PositiveIntegerField()

    class Meta:
        """One row at most."""

        app_label = "web"

    def __str__(self) -> str:
        """The digest."""
        return self.digest
