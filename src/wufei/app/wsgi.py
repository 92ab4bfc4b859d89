"""The WSGI application for a web server of your own: ``gunicorn wufei.app.wsgi``.

`wufei run` serves the same application. Either way the catalogue is loaded once, before the first request.
"""

import os

from django.core.wsgi import get_wsgi_application

from wufei import catalog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wufei.app.settings")


def install_catalog() -> None:
    """Load the catalogue unless this process already has one; raises CatalogBroken."""
    try:
        catalog.current()
    except catalog.CatalogNotInstalled:
        catalog.install(catalog.load())


install_catalog()
application = get_wsgi_application()
