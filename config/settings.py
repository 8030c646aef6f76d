"""The settings. Everything that a person may want to change comes from the environment;
the table of names is in docs/settings.md."""

import tomllib
from pathlib import Path
from typing import Any

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from kombu import Exchange, Queue
from pythonjsonlogger.core import RESERVED_ATTRS

from config import environment as env
from config.databases import databases
from web.origins import origins

# Generic classes of Django's (``ModelForm[Post]``) can be subscripted at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / env.text("VAR_DIR", "var")
DEBUG = env.switch("DEBUG")

# --- Services -----------------------------------------------------------------

ALL_SERVICES = ["posts", "comments", "moderation", "query"]
SERVICES = env.words("SERVICES") or ALL_SERVICES
if unknown := set(SERVICES) - set(ALL_SERVICES):
    raise ImproperlyConfigured(
        f"SERVICES names {', '.join(sorted(unknown))}; there are {', '.join(ALL_SERVICES)}"
    )
MONOLITH = set(SERVICES) == set(ALL_SERVICES)

# Where each service is reached; empty is the same origin. "{host}" becomes the
# host name that the browser used.
SERVICE_URLS = {service: env.url(f"{service.upper()}_URL") for service in ALL_SERVICES}
MODERATION_DEFAULT = env.choice("MODERATION_DEFAULT", "approve", ["approve", "hold"])

# From the top floor down: an app may import what stands below it.
INSTALLED_APPS = [
    "config",
    *(["comparison", "importer"] if MONOLITH else []),
    *SERVICES,
    "web",
    "eventstore",
    "web.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_results",
]

# --- Databases ----------------------------------------------------------------

ALL_ALIASES = ["default", "eventstore", *ALL_SERVICES, "comparison"]
DATABASES = databases(["default", "eventstore", *SERVICES], BASE_DIR, VAR_DIR)
DATABASE_ROUTERS = ["config.databases.AppAliasRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Security -----------------------------------------------------------------

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
SECRET_KEY = env.text("SECRET_KEY")
LOOPBACK_ONLY = set(ALLOWED_HOSTS) <= {"localhost", "127.0.0.1", "[::1]", "testserver"}
if not SECRET_KEY:
    if not LOOPBACK_ONLY:
        raise ImproperlyConfigured("set SECRET_KEY: ALLOWED_HOSTS names hosts beyond this machine")
    SECRET_KEY = env.demo_key(VAR_DIR / "secret_key")

TLS = env.switch("TLS")
CSRF_TRUSTED_ORIGINS = env.urls("CSRF_TRUSTED_ORIGINS")
CSRF_TRUSTED_ORIGINS += origins(SERVICE_URLS.values(), ALLOWED_HOSTS)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
PROBES = ["healthz", "readyz", "metrics"]  # take any Host: see HostCheck in web/middleware.py
SECURE_REDIRECT_EXEMPT = [rf"^{probe}\Z" for probe in PROBES]
SECURE_HSTS_SECONDS = env.whole("HSTS_SECONDS", 31_536_000 if TLS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TLS else None
CSRF_COOKIE_HTTPONLY = True  # pages that need the token have it in them
# Under "same-origin" a form that posts to another port has the origin "null": CSRF refuses it.
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
LOGIN_REDIRECT_URL = "admin:index"
CSRF_FAILURE_VIEW = "web.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = env.whole("MAX_BODY_BYTES", 1_000_000, minimum=1)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword")
]

# --- HTTP ---------------------------------------------------------------------

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
MIDDLEWARE = [
    "web.health.RequestMetrics",
    "web.middleware.SecurityHeaders",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "web.middleware.BodyLimit",
    "web.middleware.Correlation",
    "web.logs.access_log",
    "web.middleware.CleanCookies",
    "web.middleware.Outages",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "web.middleware.HostCheck",
    "web.middleware.AllowedMethods",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "web.origins.services",
            ]
        },
    }
]
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.text("STATIC_ROOT") or None
# Served straight from the apps' folders: there is no build step to forget.
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

THROTTLE_RATES = env.throttle_rates()
# Each process counts on its own; there is room for all the addresses of a busy minute.
_CACHE = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {"default": {"BACKEND": _CACHE, "OPTIONS": {"MAX_ENTRIES": 10_000}}}
POSITION_WAIT = env.number("POSITION_WAIT", 2.0)  # seconds that a read waits for min_position
# Seconds that a consumer may be behind before /readyz responds with 503; 0: no limit.
READY_LAG_SECONDS = env.number("READY_LAG_SECONDS", 60.0)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "web.throttling.BasicAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "web.api.BrowsableAPIRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": ["web.api.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "web.pagination.NewestFirst",
    "DEFAULT_FILTER_BACKENDS": ["web.api.FilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["web.throttling.WriteThrottle"],
    "EXCEPTION_HANDLER": "web.errors.exception_handler",
    "NUM_PROXIES": env.whole("NUM_PROXIES", 0),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Hindsight",
    "DESCRIPTION": "A blog whose services share events and nothing else.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,  # what is sent has rules of its own
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "web.schema.add_errors_and_headers",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Events and Celery --------------------------------------------------------

# Seconds between two sweeps.
SWEEP_INTERVAL = CELERY_SWEEP_INTERVAL = env.number("SWEEP_INTERVAL", 5.0, minimum=0.1)
RETRY_SCALE = env.number("RETRY_SCALE", 1.0)  # stretches the pauses before a further try
CONSUMER_BATCH = env.whole("CONSUMER_BATCH", 500, minimum=1)  # events in one transaction

BROKER_URL = env.broker_url()
# kombu wants a host, even where there is none.
CELERY_BROKER_URL = "filesystem://localhost//" if BROKER_URL == env.EMBEDDED_BROKER else BROKER_URL
_BROKER_OPTIONS: dict[str, dict[str, Any]] = {
    "filesystem": {
        "folder": env.text("BROKER_FOLDER", str(VAR_DIR / "broker")),
        "polling_interval": env.number("BROKER_POLLING_INTERVAL", 0.02, minimum=0.001),
    },
    "redis": {"socket_timeout": 10, "socket_connect_timeout": 3},
}
# A nudge that is lost costs time; a request that waits costs a reader. So a broker that is down
# is tried once, and one that was restarted is connected to again at once. (Workers wait for it.)
_TRY = {"interval_start": 0, "interval_step": 0, "interval_max": 0}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 0,
    **_TRY,
    **_BROKER_OPTIONS.get(BROKER_URL.partition(":")[0], {}),
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, **_TRY}
QUEUE_PREFIX = env.text("QUEUE_PREFIX")  # where several installations share a broker
# A lost nudge costs time, not data: acknowledging it would cost more, on Redis.
CELERY_TASK_QUEUES = [
    Queue(name, Exchange(name), routing_key=name, no_ack=True)
    for name in (f"{QUEUE_PREFIX}{service}" for service in ALL_SERVICES)
]
CELERY_ACCEPT_CONTENT = CELERY_RESULT_ACCEPT_CONTENT = ["json"]  # unpickling runs code
CELERY_BROKER_CONNECTION_TIMEOUT = 3
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Does not apply to our tasks; but if it is not set, Celery warns each time.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TASK_SOFT_TIME_LIMIT = _SOFT = env.whole("TASK_SOFT_TIME_LIMIT", 50, minimum=1)
CELERY_TASK_TIME_LIMIT = env.whole("TASK_TIME_LIMIT", _SOFT + 10, minimum=_SOFT + 1)
# The work of one task fits into its limit, even if an event hangs at its end, and hangs again.
TASK_TIME = CELERY_TASK_SOFT_TIME_LIMIT * 0.3  # then it makes way for the next message
BATCH_TIME = CELERY_TASK_SOFT_TIME_LIMIT * 0.05  # then a batch takes no further event
HANDLER_TIME_LIMIT = CELERY_TASK_SOFT_TIME_LIMIT * 0.2  # for one event
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_RESULT_BACKEND = "eventstore.tasks.Results"  # django-celery-results
CELERY_RESULT_EXTENDED = True
CELERY_RESULT_EXPIRES = env.whole("RESULT_EXPIRES", 86_400)
DJANGO_CELERY_RESULTS_TASK_ID_MAX_LENGTH = 191

# --- The rest -----------------------------------------------------------------

TIME_ZONE = env.time_zone("TIME_ZONE")
LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = "config.formats"
# JSON for programs in production; a line for people.
LOG_FORMAT = env.choice("LOG_FORMAT", "line" if LOOPBACK_ONLY else "json", ["line", "json"])
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])
LOGGING = tomllib.loads((BASE_DIR / "config/logging.toml").read_text())
LOGGING["formatters"]["json"]["reserved_attrs"] = [*RESERVED_ATTRS, "correlation"]
LOGGING["handlers"]["console"]["formatter"] = LOG_FORMAT
LOGGING["root"]["level"] = LOG_LEVEL
