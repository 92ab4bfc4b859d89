"""The map of the sites on the outlines of the city's counties; everything it shows is also a list."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from wufei.registry.access import visible
from wufei.registry.models import Site
from wufei.web.clock import today
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import reader, signed_in
from wufei.web.registry.outline import outline
from wufei.web.registry.words import place_name
from wufei.web.render import page

DAY = 86400


@reader
@require_safe
def site_map(request: HttpRequest, city: str) -> HttpResponse:
    """The page of the map, with how many sites stand in each place."""
    plan = plan_of(city)
    sites = visible(Site.objects.filter(Q(closed_on=None) | Q(closed_on__gt=today())), request.hat)
    counted = sites.order_by().values("place").annotate(count=Count("pk"), located=Count("longitude"))
    rows = [
        {
            "name": place_name(plan, row["place"], lang()),
            "count": row["count"],
            "unknown": row["count"] - row["located"],
            "href": reverse("registry-list", args=[city, "sites"], query={"place": row["place"]}),
        }
        for row in counted.order_by("-count", "place")
    ]
    declared = plan.find("boundaries", plan.id)
    context = {
        "plan": plan,
        "rows": rows,
        "total": sum(row["count"] for row in rows),
        "declared": declared,
        "drawn": outline(plan) is not None,
        "note": (declared.note_en if lang() == "en" else declared.note_zh) if declared else "",
    }
    return page(request, "web/registry/map.html", context)


@signed_in
@require_safe
def boundary(request: HttpRequest, city: str) -> HttpResponse:  # noqa: ARG001  # Django's signature
    """The outlines as GeoJSON in CGCS2000, with names in the reader's language."""
    plan = plan_of(city)
    found = outline(plan)
    if found is None:
        raise Http404
    response = JsonResponse(found.named(lang()))
    response["Cache-Control"] = f"private, max-age={DAY}"
    return response


@reader
@require_safe
def positions(request: HttpRequest, city: str) -> HttpResponse:
    """The open sites that the hat in force may see and that have a position: id, name, place, degrees."""
    plan = plan_of(city)
    sites = visible(Site.objects.filter(Q(closed_on=None) | Q(closed_on__gt=today())), request.hat)
    rows = sites.filter(longitude__isnull=False).values_list(
        "pk", "name_zh", "place", "longitude", "latitude", "org__name_zh"
    )
    found = [
        {
            "href": reverse("site", args=[city, pk]),
            "name": name,
            "org": org,
            "place": place_name(plan, place, lang()),
            "at": [float(latitude), float(longitude)],
        }
        for pk, name, place, longitude, latitude, org in rows
    ]
    response = JsonResponse({"sites": found})
    response["Cache-Control"] = "private, no-cache"
    return response
