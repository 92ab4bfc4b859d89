"""Django's card for the intake."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Imports and how far each has come; the audit log."""

    name = "wufei.intake"
    label = "intake"
    verbose_name = "导入"

    def ready(self) -> None:
        """Write down every act that is told."""
        from wufei.intake import audit  # noqa: PLC0415  # models are not loaded before the applications are ready
        from wufei.registry.acts import acted  # noqa: PLC0415

        acted.connect(audit.heard, dispatch_uid="wufei.intake.audit")
