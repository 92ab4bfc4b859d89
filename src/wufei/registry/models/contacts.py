"""Whom to call at an organisation or a site."""

from django.db import models

from wufei.registry import ids
from wufei.registry.models.organisation import Organisation
from wufei.registry.models.site import Site
from wufei.registry.personal_data import BlindIndexField, SealedTextField


class Contact(models.Model):
    """A named person without an account; name and phone are sealed. ``duty`` says what to call about."""

    id = models.CharField(primary_key=True, max_length=64, default=ids.contact_id, editable=False)
    org = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="contacts")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts")
    name = SealedTextField(max_length=80)
    phone = SealedTextField(max_length=32)
    phone_index = BlindIndexField("phone")
    duty = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_on = models.DateField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Listed by duty."""

        verbose_name = "contact"
        ordering = ("duty", "id")

    def __str__(self) -> str:
        """The duty; never the name."""
        return self.duty or self.id
