"""The addresses of the pages of people: some below a city, some for everybody."""

from __future__ import annotations

from django.urls import path

from wufei.web.views.people import checklist, joining, mandates, people, privacy, uploads

city_patterns = [
    path("people/<slug:org_id>/", people.org_people, name="people"),
    path("people/<slug:org_id>/all.<slug:suffix>", people.org_people_file, name="people-file"),
    path("people/<slug:org_id>/<int:person_id>/", people.org_person, name="person"),
    path("mandates/<slug:org_id>/", mandates.org_mandates, name="mandates"),
    path("mandates/<slug:org_id>/all.<slug:suffix>", mandates.org_mandates_file, name="mandates-file"),
    path("claims/", joining.decide_claims, name="decide-claims"),
    path("requests/", privacy.requests, name="requests"),
    path("keeping/", privacy.keeping, name="keeping"),
    path("security/", checklist.checklist, name="checklist"),
    path("security/all.<slug:suffix>", checklist.checklist_file, name="checklist-file"),
]
urlpatterns = [
    path("invitation/<str:token>/", joining.invitation, name="invitation"),
    path("claims/", joining.own_claims, name="own-claims"),
    path("privacy/", privacy.notice, name="privacy"),
    path("account/data/", privacy.own_data, name="own-data"),
    path("account/data/file/", privacy.own_file, name="own-file"),
    path("files/<slug:attachment_id>/", uploads.attachment, name="attachment"),
]
