"""Django's handle on the pages."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The application ``web``: templates, tags, translations."""

    name = "wufei.web"
    label = "web"
    verbose_name = "Pages"
