"""Sign-in by a government identity provider: OpenID Connect, the code flow with PKCE, state and nonce.

The provider says who somebody is and nothing else: rights come from hats. Tokens are checked with PyJWT against the
provider's published keys; only signatures with a key pair count.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import jwt
from django.conf import settings

from wufei.terms import NamedError
from wufei.web.security.fetch import AddressSilent, fetch_json

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
CLOCK_SECONDS = 60


class IdentityRefused(NamedError):
    """An answer that proves nothing: another state, nonce, audience, issuer or signature, or too late."""

    code = "identity_refused"
    zh = "身份平台的应答未通过核验。"
    en = "The answer of the identity provider was not accepted."
    remedy_zh = "请从登录页重新开始；若仍如此，请联系系统管理员。"
    remedy_en = "Start again from the sign-in page; if it stays, tell the system administrator."


@dataclass(frozen=True, slots=True)
class Asked:
    """What was sent along when somebody went to the provider; kept in the session, good for one answer."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def fresh(cls) -> Asked:
        """Three unguessable texts."""
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))


def discovered() -> dict[str, Any]:
    """The provider's own description; raises AddressRefused, AddressSilent or IdentityRefused."""
    issuer = settings.SIGN_IN.oidc_issuer
    said = fetch_json(f"{issuer}/.well-known/openid-configuration")
    if str(said.get("issuer", "")).rstrip("/") != issuer:
        raise IdentityRefused
    if not all(isinstance(said.get(k), str) for k in ("authorization_endpoint", "token_endpoint", "jwks_uri")):
        raise AddressSilent(url=issuer)
    return said


def address(asked: Asked, back: str) -> str:
    """Where to send the browser; ``back`` is our own address for the answer."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(asked.verifier.encode()).digest()).decode().rstrip("=")
    question = {
        "response_type": "code", "client_id": settings.SIGN_IN.oidc_client_id, "redirect_uri": back, "scope": "openid",
        "state": asked.state, "nonce": asked.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    endpoint = discovered()["authorization_endpoint"]
    return endpoint + ("&" if "?" in endpoint else "?") + urlencode(question)


def subject(asked: Asked, answer: dict[str, str], back: str) -> tuple[str, str]:
    """Issuer and subject that the answer proves; raises IdentityRefused, AddressRefused or AddressSilent."""
    code = answer.get("code", "")
    if not code or not secrets.compare_digest(answer.get("state", "").encode(), asked.state.encode()):
        raise IdentityRefused
    known, said = discovered(), settings.SIGN_IN
    question = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": asked.verifier,
        "client_id": said.oidc_client_id,
    }  # fmt: skip
    pair = f"{quote(said.oidc_client_id)}:{quote(said.oidc_client_secret)}"
    basic = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    granted = fetch_json(known["token_endpoint"], form=urlencode(question), headers=basic)
    claims = _claims(str(granted.get("id_token", "")), known)
    if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), asked.nonce.encode()):
        raise IdentityRefused
    return said.oidc_issuer, str(claims["sub"])


def _claims(token: str, known: dict[str, Any]) -> dict[str, Any]:
    """What the token says, once its signature, audience, issuer and times are right; raises IdentityRefused."""
    try:
        head = jwt.get_unverified_header(token)
        keys = jwt.PyJWKSet.from_dict(fetch_json(known["jwks_uri"])).keys
        key = next(key for key in keys if head.get("kid") in (None, key.key_id))
        return jwt.decode(
            token, key.key, algorithms=[a for a in ALGORITHMS if a == head.get("alg")], issuer=known["issuer"],
            audience=settings.SIGN_IN.oidc_client_id, leeway=CLOCK_SECONDS,
            options={"require": ["exp", "iat", "sub", "aud", "iss", "nonce"]},
        )  # fmt: skip
    except (jwt.PyJWTError, StopIteration, KeyError, TypeError, ValueError) as error:
        raise IdentityRefused from error
