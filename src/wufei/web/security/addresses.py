"""The addresses of security: second factors, the identity provider, the audit log, looking through another's hat."""

from __future__ import annotations

from django.urls import path

from wufei.web.views.security import audit, factors, provider, through

urlpatterns = [
    path("account/factor/", factors.factor, name="factor"),
    path("account/factors/", factors.factors, name="factors"),
    path("account/passkey/add/options/", factors.passkey_options, {"purpose": "add"}, name="passkey-add-options"),
    path("account/passkey/add/answer/", factors.passkey_answer, {"purpose": "add"}, name="passkey-add-answer"),
    path("account/passkey/show/options/", factors.passkey_options, {"purpose": "show"}, name="passkey-show-options"),
    path("account/passkey/show/answer/", factors.passkey_answer, {"purpose": "show"}, name="passkey-show-answer"),
    path("provider/", provider.begin, name="provider"),
    path("provider/answer/", provider.answer, name="provider-answer"),
    path("through/stop/", through.stop, name="through-stop"),
]
city_patterns = [
    path("audit/", audit.audit, name="audit"),
    path("audit/all.<slug:suffix>", audit.audit_file, name="audit-file"),
    path("help/", through.impersonate, name="impersonate"),
]
