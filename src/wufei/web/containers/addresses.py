"""The addresses of the pages of containers, below ``city/<city>/containers/``."""

from __future__ import annotations

from django.urls import path

from wufei.web.views.containers import batch, lists, one, printing, scan

urlpatterns = [
    path("", lists.containers, name="containers"),
    path("all.<slug:suffix>", lists.containers_file, name="containers-file"),
    path("scan/", scan.scan, name="container-scan"),
    path("label/", batch.label, name="container-label"),
    path("labels/", printing.begin, name="labels-begin"),
    path("labels/<slug:upload>/", printing.one, name="labels"),
    path("labels/<slug:upload>/file/", printing.file, name="labels-file"),
    path("<str:case_id>/", one.container, name="container"),
]
