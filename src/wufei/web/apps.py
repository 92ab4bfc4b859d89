"""Django's handle on the pages."""

import importlib

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The application ``web``: templates, tags, translations."""

    name = "wufei.web"
    label = "web"
    verbose_name = "Pages"

    def ready(self) -> None:
        """Hear of sign-ins from the start, not only once the first request has loaded the middleware."""
        importlib.import_module("wufei.web.security.gate")
