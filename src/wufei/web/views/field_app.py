"""The shell of the installable field app: one page, its service worker and its manifest; nothing of anybody in it."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.http import require_safe

from wufei.web.field.words import words
from wufei.web.policy import open_page
from wufei.web.render import default_city
from wufei.web.security.headers import PERMISSIONS
from wufei.web.templatetags.wufei import MANIFEST, asset

ICONS = ((192, "any"), (512, "any"), (512, "maskable"))
LOCALES = {"zh": "zh-hans", "en": "en"}
_ASSETS = ("field.js", "field.css", "field-worker.js")


@open_page
@require_safe
def shell(_request: HttpRequest) -> HttpResponse:
    """The page, the same for everybody; what the phone holds is drawn by its script."""
    response = HttpResponse(_shell())
    response["Permissions-Policy"] = PERMISSIONS.replace("camera=()", "camera=(self)")
    response["Cache-Control"] = "no-cache"
    return response


@cache
def _shell() -> str:
    city = default_city()
    conflicts = reverse("field-conflicts", args=[city]) if city else ""
    return render_to_string("web/field/app.html", {"words": _words(), "conflicts": conflicts})


def _words() -> dict[str, dict[str, str]]:
    found = {}
    for lang, locale in LOCALES.items():
        with override(locale):
            found[lang] = {name: str(text) for name, text in words().items()}
    return found


@open_page
@require_safe
def service_worker(_request: HttpRequest) -> HttpResponse:
    """The worker with the list of what it keeps, under a name that changes with any of it."""
    files = [reverse("field"), reverse("field-manifest"), *(_icon(*icon) for icon in ICONS), *_files()]
    version = hashlib.sha256((json.dumps(files) + _shell()).encode()).hexdigest()[:16]
    told = json.dumps({"version": version, "files": files, "shell": reverse("field")})
    script = f"self.WUFEI = {told};\nimportScripts({json.dumps(asset('field-worker.js'))});\n"
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


def _files() -> list[str]:
    """The built files of the app: its entries and the parts that they share."""
    names = json.loads(MANIFEST.read_text(encoding="utf-8"))
    made = MANIFEST.parent
    parts = [path.name for path in sorted(made.glob("part-*.js"))]
    wanted = [names[name] for name in _ASSETS[:2]]
    text = (made / names["field.js"]).read_text(encoding="utf-8")
    return [static(f"dist/{name}") for name in (*wanted, *(p for p in parts if p in text))]


def _icon(size: int, purpose: str) -> str:
    return static(f"field/icon-{purpose}-{size}.png")


@open_page
@require_safe
def manifest(_request: HttpRequest) -> JsonResponse:
    """Name, start address, colours and icons: what a phone needs to install the app."""
    start = reverse("field")
    with override(LOCALES["zh"]):
        said = words()
        told: dict[str, Any] = {
            "id": start, "start_url": start, "scope": start, "display": "standalone", "lang": "zh-CN", "dir": "ltr",
            "name": str(said["app_name"]), "short_name": str(said["app_short"]),
            "description": str(said["app_about"]), "orientation": "portrait-primary",
            "background_color": "#f4f6f5", "theme_color": "#0b6656",
            "icons": [{"src": _icon(size, purpose), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
                      for size, purpose in ICONS],
        }  # fmt: skip
    return JsonResponse(told, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})
