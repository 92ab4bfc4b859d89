"""The addresses of the indicators' figures, below ``city/<city>/figures/``."""

from __future__ import annotations

from django.urls import path

from wufei.web.views.indicators import changes, figure, wall

urlpatterns = [
    path("", wall.wall, name="wall"),
    path("all.<slug:suffix>", wall.wall_file, name="wall-file"),
    path("changes/", changes.changes, name="figure-changes"),
    path("<slug:indicator>/", figure.figure, name="figure"),
    path("<slug:indicator>/all.<slug:suffix>", figure.figure_file, name="figure-file"),
]
