"""Django's handle on the pages."""

import importlib

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The application ``web``: templates, tags, translations."""

    name = "wufei.web"
    label = "web"
    verbose_name = "Pages"

    def ready(self) -> None:
        """Hear of sign-ins from the start; let cases be filled by the reports that their workflows name."""
        importlib.import_module("wufei.web.security.gate")
        importlib.import_module("wufei.reports.papers")
