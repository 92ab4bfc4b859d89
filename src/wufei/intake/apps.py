"""Django's card for the intake."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Imports and how far each has come."""

    name = "wufei.intake"
    label = "intake"
    verbose_name = "导入"
