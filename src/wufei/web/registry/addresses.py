"""The addresses of the registry's pages, below ``city/<city>/registry/``."""

from django.urls import path, register_converter

from wufei.web.converters import one_of
from wufei.web.registry.lists import LISTS
from wufei.web.views.registry import (
    closing,
    contacts,
    contracts,
    lists,
    maps,
    merging,
    organisation,
    override,
    site,
    takeover,
)

register_converter(one_of(LISTS), "listed")

urlpatterns = [
    path("map/", maps.site_map, name="map"),
    path("map/boundary.json", maps.boundary, name="map-boundary"),
    path("map/sites.json", maps.positions, name="map-sites"),
    path("<listed:listed>/", lists.registry_list, name="registry-list"),
    path("<listed:listed>/all.<slug:suffix>", lists.registry_export, name="registry-export"),
    path("organisations/<slug:org_id>/", organisation.organisation, name="organisation"),
    path("organisations/<slug:org_id>/merge/", merging.merge, name="merge"),
    path("organisations/<slug:org_id>/close/", closing.close_organisation, name="close-organisation"),
    path("organisations/<slug:org_id>/contacts/", contacts.org_contacts, name="contacts"),
    path("organisations/<slug:org_id>/contacts/<slug:contact_id>/", contacts.org_contact, name="contact"),
    path("organisations/<slug:org_id>/contracts/", contracts.org_contracts, name="contracts"),
    path("organisations/<slug:org_id>/contracts/<slug:contract_id>/", contracts.org_contract, name="contract"),
    path("sites/<slug:site_id>/", site.site, name="site"),
    path("sites/<slug:site_id>/class/", override.site_class, name="site-class"),
    path("sites/<slug:site_id>/close/", closing.close_site, name="close-site"),
    path("sites/<slug:site_id>/takeover/", takeover.takeover, name="takeover"),
]
