"""The addresses of the pages of outages, below ``city/<city>/outages/``."""

from __future__ import annotations

from django.urls import path

from wufei.web.views import outages

urlpatterns = [
    path("", outages.page_of_outages, name="outages"),
    path("open.<slug:suffix>", outages.blanks_file, name="blanks-file"),
    path("issue/", outages.issue, name="blanks-issue"),
    path("print/", outages.print_blanks, name="blanks-print"),
    path("scan/", outages.scan, name="blank-scan"),
]
