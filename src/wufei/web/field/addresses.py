"""The addresses of the field app and of the pages about it."""

from __future__ import annotations

from django.urls import path

from wufei.web.views import field, field_app

urlpatterns = [
    path("field/", field_app.shell, name="field"),
    path("field/sw.js", field_app.service_worker, name="field-worker"),
    path("field/app.webmanifest", field_app.manifest, name="field-manifest"),
    path("account/devices/", field.devices, name="field-devices"),
]
city_patterns = [
    path("field/conflicts/", field.conflicts, name="field-conflicts"),
    path("field/conflicts/<uuid:action_id>/", field.settle, name="field-settle"),
]
