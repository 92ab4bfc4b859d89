"""The addresses of findings, below ``city/<city>/findings/``."""

from __future__ import annotations

from django.urls import path

from wufei.web.views.findings import dossiers, findings, road, rules

urlpatterns = [
    path("", findings.findings, name="findings"),
    path("site/<slug:site_id>/", dossiers.dossier, name="dossier"),
    path("site/<slug:site_id>/dossier.pdf", dossiers.dossier_pdf, name="dossier-pdf"),
    path("site/<slug:site_id>/dossier.zip", dossiers.dossier_bundle, name="dossier-bundle"),
    path("road/", road.check, name="road-check"),
    path("road/<str:case_id>/", road.code, name="road-code"),
    path("rules/", rules.rules, name="finding-rules"),
    path("<str:case_id>/", findings.finding, name="finding"),
]
