"""Files that people bring: kept under the data folder by content, described here."""

from django.db import models

from wufei.registry import ids
from wufei.registry.models.organisation import Organisation
from wufei.registry.models.people import Person


class Attachment(models.Model):
    """A file of an organisation; ``sha256`` is how a record's evidence refers to it."""

    id = models.CharField(primary_key=True, max_length=64, default=ids.attachment_id, editable=False)
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="attachments")
    purpose = models.CharField(max_length=32, default="evidence")  # a key of attachments.PURPOSES
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="attachments")
    uploaded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)  # the content is gone; what it was stays described

    class Meta:
        """Newest first."""

        verbose_name = "attachment"
        ordering = ("-uploaded_at",)

    def __str__(self) -> str:
        """The name."""
        return self.name
