"""The addresses of the registry's pages, below ``city/<city>/registry/``."""

from django.urls import path, register_converter

from wufei.web.registry.lists import LISTS
from wufei.web.views.registry import lists, maps, organisation, site


class ListConverter:
    """The name of a list of the registry."""

    regex = "|".join(LISTS)

    def to_python(self, value: str) -> str:
        """Addresses name lists as the declarations do."""
        return value

    def to_url(self, value: str) -> str:
        """The same in the other direction."""
        return value


register_converter(ListConverter, "listed")

urlpatterns = [
    path("map/", maps.site_map, name="map"),
    path("map/boundary.json", maps.boundary, name="map-boundary"),
    path("map/sites.json", maps.positions, name="map-sites"),
    path("<listed:listed>/", lists.registry_list, name="registry-list"),
    path("<listed:listed>/all.<slug:suffix>", lists.registry_export, name="registry-export"),
    path("organisations/<slug:org_id>/", organisation.organisation, name="organisation"),
    path("sites/<slug:site_id>/", site.site, name="site"),
]
