"""The addresses of the pages of cases, below ``city/<city>/cases/``."""

from __future__ import annotations

from django.urls import path

from wufei.web.views.cases import case, desk, stepping

urlpatterns = [
    path("", desk.cases, name="cases"),
    path("all.<slug:suffix>", desk.cases_file, name="cases-file"),
    path("sign/", desk.sign_many, name="cases-sign"),
    path("new/", stepping.choose, name="case-choose"),
    path("new/<slug:workflow_id>/", stepping.begin, name="case-begin"),
    path("pick/", stepping.pick, name="case-pick"),
    path("print/<str:case_id>/", case.print_case, name="case-print"),
    path("<str:case_id>/", case.case, name="case"),
    path("<str:case_id>/code/", stepping.redeem, name="case-code"),
    path("<str:case_id>/files/<str:file_id>/", case.case_file, name="case-file"),
    path("<str:case_id>/<slug:step>/", stepping.step, name="case-step"),
]
