"""The addresses of a site's papers, below ``city/<city>/papers/``."""

from __future__ import annotations

from django.urls import path

from wufei.web.views.papers import register

urlpatterns = [
    path("<slug:site_id>/register/", register.register, name="waste-register"),
    path("<slug:site_id>/register/all.<slug:suffix>", register.register_file, name="waste-register-file"),
]
