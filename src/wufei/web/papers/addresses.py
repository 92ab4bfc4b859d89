"""The addresses of a site's papers, below ``city/<city>/papers/``."""

from __future__ import annotations

from django.urls import path

from wufei.web.views.papers import exchange, register, site

KEPT = "<slug:site_id>/exchange/<slug:attachment_id>"  # a file that was brought

urlpatterns = [
    path("<slug:site_id>/", site.papers, name="papers"),
    path("<slug:site_id>/begin/", site.begin, name="paper-begin"),
    path("<slug:site_id>/register/", register.register, name="waste-register"),
    path("<slug:site_id>/register/all.<slug:suffix>", register.register_file, name="waste-register-file"),
    path("<slug:site_id>/exchange/", exchange.exchange, name="exchange"),
    path("<slug:site_id>/exchange/all.xlsx", exchange.exchange_book, name="exchange-book"),
    path("<slug:site_id>/exchange/<slug:attachment_id>/", exchange.exchange_file, name="exchange-file"),
    path(
        "<slug:site_id>/exchange/<slug:attachment_id>/all.<slug:suffix>",
        exchange.exchange_result,
        name="exchange-result",
    ),
    path("<slug:site_id>/compared/<slug:workflow_id>/<slug:period>/", site.compared, name="paper-compared"),
]
