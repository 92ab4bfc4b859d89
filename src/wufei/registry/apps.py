"""Django's handle on the registry."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """The application ``registry``, which owns the account model."""

    name = "wufei.registry"
    label = "registry"
    verbose_name = "Registry"
    default_auto_field = "django.db.models.BigAutoField"
