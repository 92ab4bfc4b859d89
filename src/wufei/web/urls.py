"""Every address of the pages. A view without a declared audience fails the permission test."""

from __future__ import annotations

from django.urls import include, path, register_converter

from wufei.web.api import addresses as api
from wufei.web.cases import addresses as cases
from wufei.web.containers import addresses as containers
from wufei.web.converters import one_of
from wufei.web.field import addresses as field
from wufei.web.findings import addresses as found
from wufei.web.indicators import addresses as figures
from wufei.web.journal import addresses as journal
from wufei.web.kinds import KINDS
from wufei.web.outages import addresses as outages
from wufei.web.papers import addresses as papers
from wufei.web.people import addresses as people
from wufei.web.registry import addresses as registry
from wufei.web.security import addresses as security
from wufei.web.views import account, city, errors, front, hats, items, lists, plans, search, text, tokens, webhooks
from wufei.web.views.registry import work

register_converter(one_of(KINDS), "kind")

urlpatterns = [
    path("", front.home, name="home"),
    path("login/", front.sign_in, name="login"),
    path("logout/", front.sign_out, name="logout"),
    path("first/<str:token>", front.first, name="first"),
    path("language/", front.set_language, name="language"),
    path("theme/", front.set_theme, name="theme"),
    path("account/", account.account, name="account"),
    path("hat/", hats.change_hat, name="change-hat"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("account/webhooks/", webhooks.webhooks, name="webhooks"),
    path("account/webhooks/<int:webhook_id>/", webhooks.webhook, name="webhook"),
    path("account/sessions/", account.everywhere, name="everywhere"),
    path("", include(security.urlpatterns)),
    path("api/", include(api.urlpatterns)),
    path("city/<slug:city>/", city.city_home, name="city"),
    path("city/<slug:city>/search/", search.search, name="search"),
    path("city/<slug:city>/text/<slug:source>/", text.text, name="text"),
    path("city/<slug:city>/tasks/timeline/", plans.timeline, name="timeline"),
    path("city/<slug:city>/projects/money/", plans.money, name="money"),
    path("city/<slug:city>/projects/by-place/", plans.project_places, name="project-places"),
    path("city/<slug:city>/my-work/", work.my_work, name="work"),
    path("city/<slug:city>/registry/", include(registry.urlpatterns)),
    path("city/<slug:city>/journal/", include(journal.urlpatterns)),
    path("city/<slug:city>/cases/", include(cases.urlpatterns)),
    path("city/<slug:city>/containers/", include(containers.urlpatterns)),
    path("city/<slug:city>/outages/", include(outages.urlpatterns)),
    path("city/<slug:city>/", include(field.city_patterns)),
    path("", include(field.urlpatterns)),
    path("city/<slug:city>/figures/", include(figures.urlpatterns)),
    path("city/<slug:city>/papers/", include(papers.urlpatterns)),
    path("city/<slug:city>/supervision/", include(found.urlpatterns)),
    path("city/<slug:city>/", include(people.city_patterns)),
    path("city/<slug:city>/", include(security.city_patterns)),
    path("", include(people.urlpatterns)),
    path("city/<slug:city>/<kind:kind>/", lists.item_list, name="list"),
    path("city/<slug:city>/<kind:kind>/all.<slug:suffix>", lists.export_list, name="export"),
    path("city/<slug:city>/<kind:kind>/<slug:item_id>/", items.item, name="item"),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
