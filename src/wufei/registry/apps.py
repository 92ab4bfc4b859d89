"""Django's handle on the registry."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RegistryConfig(AppConfig):
    """The application ``registry``, which owns the account model."""

    name = "wufei.registry"
    label = "registry"
    verbose_name = "Registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the triggers of the history on the tables whenever these have been migrated."""
        from wufei.registry import history  # noqa: PLC0415  # models are not loaded before the applications are ready

        post_migrate.connect(history.install_after_migrate, sender=self)
