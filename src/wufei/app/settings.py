"""Django's settings, all derived from the typed ones in ``wufei.app.config``."""

import secrets
import socket
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from csp.constants import NONE, SELF

from wufei.app.config import Settings, current
from wufei.app.databases import rows

WEB = Path(__file__).resolve().parents[1] / "web"


def _secret_key(config: Settings) -> str:
    """The configured key, or the one `wufei run` keeps in the data folder, or one for this process alone."""
    kept = config.data / "secret-key"
    try:
        return config.secret_key or kept.read_text(encoding="utf-8").strip() or secrets.token_urlsafe(32)
    except OSError:
        return secrets.token_urlsafe(32)


def _allowed_hosts(config: Settings) -> list[str]:
    """The configured names, or this machine's own names and addresses: no name of someone else's making."""
    if config.allowed_hosts:
        return list(config.allowed_hosts)
    names = {"localhost", "127.0.0.1", "[::1]"}
    if config.host not in {"127.0.0.1", "localhost", "::1"}:
        names |= {config.host, socket.gethostname(), socket.getfqdn()}
        found = [address for addresses in psutil.net_if_addrs().values() for address in addresses]
        names |= {a.address for a in found if a.family == socket.AF_INET}
        names |= {f"[{a.address.partition('%')[0]}]" for a in found if a.family == socket.AF_INET6}
    return sorted(names)


def _provider_origin(config: Settings) -> list[str]:
    """Where the sign-in form may lead on to: the identity provider, when there is one."""
    parts = urlsplit(config.sign_in.oidc_issuer)
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []


_config = current()

SECRET_KEY = _secret_key(_config)
DEBUG = False
ALLOWED_HOSTS = _allowed_hosts(_config)
ROOT_URLCONF = "wufei.web.urls"
WSGI_APPLICATION = "wufei.app.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": rows(_config)[0]}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "csp",
    "django_htmx",
    "wufei.registry",
    "wufei.journal",
    "wufei.intake",
    "wufei.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "wufei.web.security.headers.HeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "wufei.web.hats.HatMiddleware",
    "wufei.web.security.gate.GateMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Accounts. The sign-in page is named `login`, the first page `home`.
AUTH_USER_MODEL = "registry.Person"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATORS = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": _VALIDATORS + "UserAttributeSimilarityValidator"},
    {"NAME": _VALIDATORS + "MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": _VALIDATORS + "CommonPasswordValidator"},
    {"NAME": _VALIDATORS + "NumericPasswordValidator"},
    {"NAME": "wufei.registry.passwords.NotUsedBefore", "OPTIONS": {"last": 5}},
]
# Proving who one is: see docs/security.md.
SIGN_IN = _config.sign_in
BEHIND_PROXY = _config.https

# Language and time. Chinese first; English needs no catalogue, it is the language of the message ids.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [WEB / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# Static files: built by scripts/setup.py into web/static/dist with a hash in each name, served by WhiteNoise.
STATIC_URL = "/static/"
STATICFILES_DIRS: list[Path] = []
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+-[0-9A-Z]{8}\.[a-z0-9.]+$"

# Sheets that people upload wait here, each in a folder of its own, until they are imported or a week has passed.
SIGNING_KEY = _config.data / "signing-key"  # the file of wufei.app.sealer
IMPORT_FOLDER = _config.data / "imports"
# Attachments, named by content, for the account that runs Wufei alone (registry/attachments.py).
ATTACHMENT_FOLDER = _config.data / "attachments"
# The operator's virus scanner that each attachment goes by; empty where there is none (registry/scanning.py).
SCANNER = _config.clamd

# The keys that names and phones are sealed with (registry/key_ring.py), and the cipher of new ones.
PERSONAL_KEYS = _config.personal_keys or _config.data / "personal-data-keys.json"
PERSONAL_CIPHER = _config.personal_cipher

# Headers: nothing inline, nothing from elsewhere, no frame.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF, *_provider_origin(_config)],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_ENGINE = "wufei.web.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "wufei.web.views.errors.csrf_failure"
CSRF_COOKIE_SAMESITE = "Lax"
if _config.https:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 86400
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    CSRF_TRUSTED_ORIGINS = [f"https://{name}" for name in _config.allowed_hosts]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"errors": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"django": {"handlers": ["errors"], "level": "WARNING", "propagate": False}},
    "root": {"handlers": ["errors"], "level": "WARNING"},
}
