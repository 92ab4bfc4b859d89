"""The addresses of the registry's pages, below ``city/<city>/registry/``."""

from django.urls import path, register_converter

from wufei.web.converters import one_of
from wufei.web.registry.lists import LISTS
from wufei.web.views.registry import lists, maps, organisation, site

register_converter(one_of(LISTS), "listed")

urlpatterns = [
    path("map/", maps.site_map, name="map"),
    path("map/boundary.json", maps.boundary, name="map-boundary"),
    path("map/sites.json", maps.positions, name="map-sites"),
    path("<listed:listed>/", lists.registry_list, name="registry-list"),
    path("<listed:listed>/all.<slug:suffix>", lists.registry_export, name="registry-export"),
    path("organisations/<slug:org_id>/", organisation.organisation, name="organisation"),
    path("sites/<slug:site_id>/", site.site, name="site"),
]
