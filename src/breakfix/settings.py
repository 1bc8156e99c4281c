"""The settings: one file, from the environment only, with safe defaults.

| variable               | default                   | what it does                                          |
|------------------------|---------------------------|-------------------------------------------------------|
| BREAKFIX_SECRET_KEY    | none                      | signs sessions; needed unless DEBUG is on             |
| BREAKFIX_DEBUG         | off                       | error pages with source; never where others reach it  |
| BREAKFIX_ALLOWED_HOSTS | localhost,127.0.0.1,[::1] | host names served, comma-separated                    |
| BREAKFIX_SITE_URL      | http://localhost:8000     | links in mails; https means secure cookies and HSTS   |
| BREAKFIX_BEHIND_PROXY  | off                       | trust X-Forwarded-Proto and -For of the proxy in front |
| BREAKFIX_MFA           | required                  | second factors: required by role, or only offered     |
| BREAKFIX_OIDC_ISSUER   | none: passwords only      | https address of an OpenID provider to sign in with   |
| BREAKFIX_OIDC_CLIENT_ID, _SECRET | none            | what the provider gave for this installation          |
| BREAKFIX_OIDC_NAME     | Single sign-on            | what the button says                                  |
| BREAKFIX_VAR           | `var` in the checkout     | folder of everything that is written                  |
| DATABASE_URL           | VAR/breakfix.sqlite3      | postgres://user:password@host/name for PostgreSQL     |
| BREAKFIX_FILES         | VAR/files                 | evidence and documents, named by their hash           |
| BREAKFIX_LEDGER_KEY    | VAR/keys/ledger.key       | Ed25519 key that signs the ledger's checkpoints       |
| BREAKFIX_FACTOR_KEY    | VAR/keys/factors.key      | key that seals the seeds of second factors            |
| BREAKFIX_DEMO_CLOCK    | none: real time           | file from which kernel/clock.py reads story time      |
| BREAKFIX_MAX_UPLOAD_MB | 25                        | largest evidence file, in MiB                         |
| BREAKFIX_MAX_TOPIC_MB  | 2048                      | all files handed in for one engagement, in MiB        |
| EMAIL_URL              | files in VAR/mail         | smtp://user:password@host:587, smtps://...:465        |
| BREAKFIX_IMAP_URL      | none: no mail is fetched  | imaps://user:password@host:993/INBOX#desk's address   |
| BREAKFIX_EMAIL_FROM    | breakfix@localhost        | sender of every mail                                  |
| BREAKFIX_VAPID_KEY     | VAR/keys/vapid.key        | key by which push services know this installation     |
| BREAKFIX_GATEWAY_URL   | files in VAR/outbox       | https address that takes text and voice messages      |
| BREAKFIX_GATEWAY_SECRETS | none                    | whsec_... shared with the gateway; two while changing |
| BREAKFIX_LOG_LEVEL     | INFO                      | DEBUG, INFO, WARNING or ERROR                         |
| BREAKFIX_LOG_FORMAT    | text                      | text for a terminal, json for a log collector         |
| BREAKFIX_METRICS_TOKEN | none: loopback only       | bearer token that /metrics asks for                   |
| PROMETHEUS_MULTIPROC_DIR | none; VAR/metrics by serve | where the web processes count together             |
| BREAKFIX_DOMAINS       | none: the shipped domains | folder of own domain files (roster/taxonomy.py)        |
| BREAKFIX_STORIES       | `stories` in the checkout | demo stories of `breakfix serve --demo` (cli/demo.py) |

The command line fills in what is missing for its own runs (cli/serve.py, cli/play.py, cli/demo.py); nothing else in
Breakfix reads the environment.
"""

import os
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from breakfix import sqlite  # before Django's database layer: it chooses the SQLite library


def _is_on(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def _folder(name: str, default: Path) -> Path:
    return Path(os.environ.get(name) or default).expanduser().absolute()


def _is_secret(text: str) -> bool:
    """Whether this is a secret of Standard Webhooks: nothing shorter protects anything."""
    try:
        return text.startswith("whsec_") and 24 <= len(b64decode(text[6:], validate=True)) <= 64
    except ValueError:
        return False


# ------------------------------------------------------------------------------------------ who we are
DEBUG = _is_on("BREAKFIX_DEBUG")
SECRET_KEY = os.environ.get("BREAKFIX_SECRET_KEY", "")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "BREAKFIX_SECRET_KEY is not set. Give it 50 random characters, and the same ones at every start: "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    SECRET_KEY = "only-for-debugging-" + "x" * 50
SITE_URL = os.environ.get("BREAKFIX_SITE_URL", "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = [
    host.strip()
    for host in os.environ.get("BREAKFIX_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
    if host.strip()
]
ROOT_URLCONF = "breakfix.urls"
WSGI_APPLICATION = "breakfix.wsgi.application"

# ------------------------------------------------------------------------------- where things are written
_CHECKOUT = Path(__file__).resolve().parents[2]
VAR = _folder("BREAKFIX_VAR", (_CHECKOUT if (_CHECKOUT / "pyproject.toml").exists() else Path.cwd()) / "var")
BREAKFIX_FILES = _folder("BREAKFIX_FILES", VAR / "files")
BREAKFIX_LEDGER_KEY = _folder("BREAKFIX_LEDGER_KEY", VAR / "keys" / "ledger.key")
BREAKFIX_FACTOR_KEY = _folder("BREAKFIX_FACTOR_KEY", VAR / "keys" / "factors.key")
BREAKFIX_DEMO_CLOCK = os.environ.get("BREAKFIX_DEMO_CLOCK") or None


def _database(url: str) -> Any:
    """Return Django's settings of one database; of a SQLite file, also make its folder."""
    config: Any = dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True)
    if config["ENGINE"] == "django.db.backends.postgresql":
        config["ENGINE"] = "breakfix.kernel.postgresql"  # row-level security has to know who asks
    if config["ENGINE"] != "django.db.backends.sqlite3":
        return config
    if config["NAME"] != ":memory:":
        Path(config["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    # IMMEDIATE: a deed takes the write lock when it begins, so it waits its turn instead of failing halfway.
    config["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": sqlite.PRAGMAS}
    return config


DATABASES = {"default": _database(os.environ.get("DATABASE_URL") or f"sqlite:///{VAR / 'breakfix.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --------------------------------------------------------------------------------------------- the house
INSTALLED_APPS = [
    # In the order of the road, which is the order of the migrations.
    "breakfix.kernel",
    "breakfix.parties",
    "breakfix.accounts",
    "breakfix.roster",
    "breakfix.agreements",
    "breakfix.assets",
    "breakfix.incidents",
    "breakfix.approvals",
    "breakfix.dispatch",
    "breakfix.liaison",
    "breakfix.custody",
    "breakfix.diagnosis",
    "breakfix.parts",
    "breakfix.quotes",
    "breakfix.changes",
    "breakfix.work",
    "breakfix.reports",
    "breakfix.guarantees",
    "breakfix.billing",
    "breakfix.histories",
    "breakfix.outbox",
    "breakfix.intake",
    "breakfix.jobs",
    "breakfix.web",
    "breakfix.api",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "breakfix.web.watch.Watch",
    "breakfix.api.border.Border",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "breakfix.web.compressing.Compressed",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "breakfix.web.fence.Fence",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "breakfix.web.factors.FactorFirst",
    "breakfix.web.sessions.LastSeen",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "breakfix.web.nav.frame",
            ],
            # Our components are part of the language of every template.
            "builtins": ["breakfix.web.templatetags.bf", "breakfix.web.templatetags.bf_forms"],
        },
    }
]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en"

# --------------------------------------------------------------------------------------------- signing in
AUTH_USER_MODEL = "parties.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "breakfix.web.adapter.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # addresses are entered by an administrator, not by strangers
ACCOUNT_EMAIL_NOTIFICATIONS = True  # whoever changes how somebody signs in, the owner is told
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers
ACCOUNT_FORMS = {
    "reset_password": "breakfix.web.entrance.AskForLink",
    "change_password": "breakfix.web.entrance.ChangePassword",
    "reset_password_from_key": "breakfix.web.entrance.ResetPassword",
}
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None, "reset_password": "20/m/ip"}  # the rest: web/proofs.py
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds; binding deeds ask again whatever this says
PASSWORD_RESET_TIMEOUT = 60 * 60  # seconds that a link lives for which anybody may ask
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _is_on("BREAKFIX_BEHIND_PROXY") else 0

# Whom it binds is in kernel/access.py; `offered` is for a demo, where nobody has a telephone at hand.
BREAKFIX_MFA = os.environ.get("BREAKFIX_MFA", "required").strip().lower()
if BREAKFIX_MFA not in {"required", "offered"}:
    raise ImproperlyConfigured("BREAKFIX_MFA is either required or offered.")
MFA_ADAPTER = "breakfix.web.factors.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "breakfix.web.factors.Authenticate",
    "reauthenticate": "breakfix.web.factors.Reauthenticate",
}
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds before and after
MFA_RECOVERY_CODES_SHOW_ONCE = True

# Signing in with an organisation's own account: nobody is enrolled by it, whoever is enrolled is found by it.
SOCIALACCOUNT_ADAPTER = "breakfix.web.oidc.Adapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
BREAKFIX_OIDC_ISSUER = os.environ.get("BREAKFIX_OIDC_ISSUER", "").rstrip("/")
BREAKFIX_OIDC_NAME = os.environ.get("BREAKFIX_OIDC_NAME", "Single sign-on")
if BREAKFIX_OIDC_ISSUER:
    if not os.environ.get("BREAKFIX_OIDC_CLIENT_ID") or not os.environ.get("BREAKFIX_OIDC_CLIENT_SECRET"):
        raise ImproperlyConfigured("BREAKFIX_OIDC_ISSUER needs BREAKFIX_OIDC_CLIENT_ID and _CLIENT_SECRET beside it.")
    if urlsplit(BREAKFIX_OIDC_ISSUER).scheme != "https" and not DEBUG:
        raise ImproperlyConfigured("BREAKFIX_OIDC_ISSUER has to be an https address.")
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": BREAKFIX_OIDC_NAME,
                "client_id": os.environ.get("BREAKFIX_OIDC_CLIENT_ID", ""),
                "secret": os.environ.get("BREAKFIX_OIDC_CLIENT_SECRET", ""),
                "settings": {"server_url": BREAKFIX_OIDC_ISSUER},
            }
        ]
        if BREAKFIX_OIDC_ISSUER
        else [],
    }
}

# ------------------------------------------------------------------------------------- browsers and borders
_HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS and not DEBUG
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60  # one long shift, in seconds
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _HTTPS and not DEBUG else 0
SECURE_REFERRER_POLICY = "same-origin"
BREAKFIX_BEHIND_PROXY = _is_on("BREAKFIX_BEHIND_PROXY")
if BREAKFIX_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Without a proxy there is one listener, which speaks TLS or does not: nothing to lead elsewhere.
    SECURE_SSL_REDIRECT = _HTTPS and not DEBUG
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # strict transport for every name below ours is not ours to decide
    "security.W021",  # and neither is a place in the browsers' preload list
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        # A browser applies this to where a form's answer leads, too: signing in leads to the provider.
        "form-action": [SELF, *([BREAKFIX_OIDC_ISSUER] if BREAKFIX_OIDC_ISSUER else [])],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
BREAKFIX_MAX_UPLOAD_BYTES = int(os.environ.get("BREAKFIX_MAX_UPLOAD_MB", "25")) * 1024 * 1024
BREAKFIX_MAX_TOPIC_BYTES = int(os.environ.get("BREAKFIX_MAX_TOPIC_MB", "2048")) * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "breakfix.web.uploads.Limit",  # first: it ends an upload before anything of it is too much
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # bytes of a form without its files
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # above this, an upload goes to a temporary file

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "breakfix.web.statics.Remembered"},
}
WHITENOISE_USE_FINDERS = True  # serves straight from the package: nothing to collect before the first start
WHITENOISE_AUTOREFRESH = DEBUG

# --------------------------------------------------------------------------------------------------- mail
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get("BREAKFIX_EMAIL_FROM", "breakfix@localhost")
EMAIL_TIMEOUT = 20  # seconds
EMAIL_FILE_PATH = str(VAR / "mail")
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
if _email_url := os.environ.get("EMAIL_URL"):
    _mail = urlsplit(_email_url)
    if _mail.scheme not in {"smtp", "smtps"} or not _mail.hostname:
        raise ImproperlyConfigured("EMAIL_URL must look like smtp://user:password@host:587 or smtps://…:465.")
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _mail.hostname
    EMAIL_PORT = _mail.port or (465 if _mail.scheme == "smtps" else 587)
    EMAIL_HOST_USER = unquote(_mail.username or "")
    EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
    EMAIL_USE_SSL = _mail.scheme == "smtps"
    # A relay on the same machine (port 25) seldom speaks TLS; everything else must.
    EMAIL_USE_TLS = _mail.scheme == "smtp" and EMAIL_PORT != 25

# Mail that comes in: one URL for each mailbox, the address that it belongs to behind a #.
BREAKFIX_IMAP_URLS = os.environ.get("BREAKFIX_IMAP_URL", "").split()
for _imap_url in BREAKFIX_IMAP_URLS:
    _imap = urlsplit(_imap_url)
    _at_home = _imap.hostname in {"localhost", "127.0.0.1", "::1"}
    if not (_imap.scheme == "imaps" or _imap.scheme == "imap" and _at_home) or not (
        _imap.hostname and _imap.fragment
    ):
        raise ImproperlyConfigured(
            "BREAKFIX_IMAP_URL must look like imaps://user:password@host:993/INBOX#address-of-the-desk, several with"
            " spaces between; imap:// only on this machine."
        )

# ------------------------------------------------------------------------------------- push, text and voice
BREAKFIX_VAPID_KEY = _folder("BREAKFIX_VAPID_KEY", VAR / "keys" / "vapid.key")
BREAKFIX_GATEWAY_URL = os.environ.get("BREAKFIX_GATEWAY_URL", "")
BREAKFIX_GATEWAY_SECRETS = os.environ.get("BREAKFIX_GATEWAY_SECRETS", "").replace(",", " ").split()
if BREAKFIX_GATEWAY_URL:
    _gateway = urlsplit(BREAKFIX_GATEWAY_URL)
    _at_home = _gateway.hostname in {"localhost", "127.0.0.1", "::1"}
    if not _gateway.hostname or _gateway.scheme != "https" and not (_gateway.scheme == "http" and _at_home):
        raise ImproperlyConfigured("BREAKFIX_GATEWAY_URL must be an https address, or http on this machine.")
    if not BREAKFIX_GATEWAY_SECRETS or not all(_is_secret(one) for one in BREAKFIX_GATEWAY_SECRETS):
        raise ImproperlyConfigured(
            "BREAKFIX_GATEWAY_SECRETS must hold one or two secrets: whsec_ and the base64 of 24 to 64 random bytes."
        )
# Browsers name the place that their push messages go to; only tests have one on this machine.
OUTBOX_ALLOWS_LOOPBACK = False

# --------------------------------------------------------------------------------------------------- logs
_LOG_FORMAT = os.environ.get("BREAKFIX_LOG_FORMAT") or "text"
if _LOG_FORMAT not in {"json", "text"}:
    raise ImproperlyConfigured("BREAKFIX_LOG_FORMAT is json or text.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "breakfix.kernel.logs.formatter", "shape": _LOG_FORMAT}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("BREAKFIX_LOG_LEVEL", "INFO").upper()},
    # web/watch.py writes one line per request; Django's own would say it again, with the address in it.
    "loggers": {"django.request": {"level": "ERROR"}},
}

# ---------------------------------------------------------------------------------------------- operators
# Whether breakfix.wsgi looks into the database before it serves; the tests load it where none may be asked.
BREAKFIX_CHECK_START = True
BREAKFIX_METRICS_TOKEN = os.environ.get("BREAKFIX_METRICS_TOKEN", "")
# The library counts in this folder's files when it is loaded with the variable set, so the environment decides.
BREAKFIX_METRICS_FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
