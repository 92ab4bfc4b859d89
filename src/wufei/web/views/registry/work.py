"""Where somebody lands after signing in: what is due, what is wrong, what waits."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wufei.web.clock import today
from wufei.web.plan import plan_of
from wufei.web.policy import signed_in
from wufei.web.registry.work import work_of
from wufei.web.render import page


@signed_in
@require_safe
def my_work(request: HttpRequest, city: str) -> HttpResponse:
    """The matters of the hat in force, by kind."""
    plan = plan_of(city)
    groups = work_of(plan, request.hat, today())
    return page(request, "web/registry/work.html", {"plan": plan, "groups": groups, "day": today()})
