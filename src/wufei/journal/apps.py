"""Django's card for the journal."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """The journal's tables live in the schema ``journal`` and have no models: SQL is their interface."""

    name = "wufei.journal"
    label = "journal"
    verbose_name = "流水"
