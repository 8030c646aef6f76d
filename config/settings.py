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
from config.processes.layout import LOOPBACK
from config.processes.paths import MANAGE, typed
from config.services import ALL_SERVICES as ALL_SERVICES
from web.origins import origins

# Generic classes of Django's (``ModelForm[Post]``) can be subscripted at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
WORK_DIR = BASE_DIR / env.text("WORK_DIR")
VAR_DIR = WORK_DIR / env.text("VAR_DIR", "var")
DEBUG = env.switch("DEBUG")

# --- Services -----------------------------------------------------------------

SERVICES = env.words("SERVICES") or ALL_SERVICES
if unknown := set(SERVICES) - set(ALL_SERVICES):
    raise ImproperlyConfigured(
        f"SERVICES names {', '.join(sorted(unknown))}; there are {', '.join(ALL_SERVICES)}"
    )
MONOLITH = set(SERVICES) == set(ALL_SERVICES)

# Where each service is reached; empty is the same origin. "{host}" becomes the
# host name that the browser used.
SERVICE_URLS = {service: env.url(f"{service.upper()}_URL") for service in ALL_SERVICES}
PORT = env.whole("PORT", 8000, minimum=1)
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
    "rest_framework.authtoken",
    "corsheaders",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_results",
]

# --- Databases ----------------------------------------------------------------

ALL_ALIASES = ["default", "eventstore", *ALL_SERVICES, "comparison"]
DATABASES = databases(["default", "eventstore", *SERVICES], WORK_DIR, VAR_DIR)
DATABASE_ROUTERS = ["config.databases.AppAliasRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Security -----------------------------------------------------------------

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
LOOPBACK_ONLY = LOOPBACK.issuperset(ALLOWED_HOSTS)
TYPED = {"manage": MANAGE, "tour": typed("demo")}  # how a person here begins these commands
# Who may write posts.
POSTING = env.choice("POSTING", "everyone" if LOOPBACK_ONLY else "staff", ["everyone", "staff"])
SECRET_KEY = env.secret_key(VAR_DIR / "secret_key", public=not LOOPBACK_ONLY)
# Error pages with DEBUG.
DEFAULT_EXCEPTION_REPORTER = "web.debug.ExceptionReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "web.debug.ExceptionReporterFilter"

TLS = env.switch("TLS")
CSRF_TRUSTED_ORIGINS = env.urls("CSRF_TRUSTED_ORIGINS")
CSRF_TRUSTED_ORIGINS += origins(SERVICE_URLS.values(), ALLOWED_HOSTS)
# Of pages elsewhere whose scripts may call the API.
CORS_ALLOWED_ORIGINS = env.origins("CORS_ALLOWED_ORIGINS")
CORS_ALLOW_CREDENTIALS = env.switch("CORS_ALLOW_CREDENTIALS")
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PATCH", "DELETE"]
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "cache-control",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-correlation-id",
    "x-csrftoken",
]
CORS_EXPOSE_HEADERS = ["ETag", "Location", "Retry-After", "X-Correlation-ID", "X-Event-Position"]
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

# --- Servers outside ----------------------------------------------------------

globals().update(env.email_server(WORK_DIR))  # EMAIL_HOST and the like
EMAIL_TIMEOUT = env.number("EMAIL_TIMEOUT", 20.0, minimum=1)  # seconds for a mail in all
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.addresses("EMAIL_FROM", "hindsight@localhost")[0]
MODERATION_EMAIL = env.addresses("MODERATION_EMAIL")
MODERATION_WEBHOOK_URL, MODERATION_WEBHOOK_SECRET = env.webhook("MODERATION_WEBHOOK")
MODERATION_CHECK_URL, MODERATION_CHECK_SECRET = env.webhook("MODERATION_CHECK")
MODERATION_CHECK_SECONDS = env.number("MODERATION_CHECK_SECONDS", 10.0, minimum=0.1)
# Seconds from the first new comment to the digest that has it.
MODERATION_DIGEST_SECONDS = env.number("MODERATION_DIGEST_SECONDS", 900.0)

# --- Traces -------------------------------------------------------------------

TRACES = env.traces()  # whether they are exported by OpenTelemetry, which reads its own settings

# --- HTTP ---------------------------------------------------------------------

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
WEB_THREADS = env.whole("WEB_THREADS", 4, minimum=1)
REQUEST_TIMEOUT = env.number("REQUEST_TIMEOUT", 18.0, minimum=1)  # seconds until a 503
DATABASE_TIMEOUT = REQUEST_TIMEOUT * 5 / 6  # what a request may wait for its databases in all
BODY_TIMEOUT = env.number("BODY_TIMEOUT", 10.0, minimum=0.1)  # seconds for a body that is slow
# Of answers that a process gives again without Django. Each has to be fresh where one looks at how
# it is made.
REMEMBERED_BYTES = 0 if DEBUG or TRACES else 8_000_000
MIDDLEWARE = [
    "web.middleware.Deadline",
    "web.metrics.RequestMetrics",
    "web.middleware.SecurityHeaders",
    "web.middleware.PrivatePages",
    "web.problems.Problems",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "web.middleware.Cors",  # also for what is refused further in
    "web.middleware.BodyLimit",
    "web.middleware.Correlation",
    *(["web.traces.Traces"] if TRACES else []),
    "web.refusals.Refusals",
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
    *(["query.former.FormerAddresses"] if "query" in SERVICES else []),
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
                "web.slots.of_forms",
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
# Seconds in which a sender may change or delete their comment; 0: never.
CHANGE_WINDOW = env.number("CHANGE_WINDOW", 600.0)
# Seconds that a consumer may be behind before /readyz responds with 503; 0: no limit.
READY_LAG_SECONDS = env.number("READY_LAG_SECONDS", 60.0)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "web.authentication.BasicAuthentication",  # first: it names all of them in a 401
        "web.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": [
        "web.api.JSONRenderer",
        "web.api.BrowsableAPIRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": ["web.api.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "web.problems.ContentNegotiation",
    "DEFAULT_PAGINATION_CLASS": "web.pagination.NewestFirst",
    "DEFAULT_FILTER_BACKENDS": ["web.api.FilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["web.throttling.WriteThrottle"],
    "EXCEPTION_HANDLER": "web.errors.exception_handler",
    "NUM_PROXIES": env.whole("NUM_PROXIES", 0),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Hindsight",
    "DESCRIPTION": (BASE_DIR / "web/schema.md").read_text(),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,  # what is sent has rules of its own
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "web.schema.add_errors_and_headers",
    ],
    "PATH_CONVERTER_OVERRIDES": {"UUID": {"type": "string", "format": "uuid"}},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Events and Celery --------------------------------------------------------

# Seconds between two sweeps.
SWEEP_INTERVAL = CELERY_SWEEP_INTERVAL = env.number("SWEEP_INTERVAL", 5.0, minimum=0.1)
RETRY_SCALE = env.number("RETRY_SCALE", 1.0)  # stretches the pauses before a further try
CONSUMER_BATCH = env.whole("CONSUMER_BATCH", 2_000, minimum=1)  # events in one transaction

BROKER_URL = env.broker_url()
# kombu wants a host, even where there is none.
CELERY_BROKER_URL = "filesystem://localhost//" if BROKER_URL == env.EMBEDDED_BROKER else BROKER_URL
_BROKER_OPTIONS: dict[str, dict[str, Any]] = {
    "filesystem": {
        "folder": env.text("BROKER_FOLDER", str(VAR_DIR / "broker")),
        "polling_interval": env.number("BROKER_POLLING_INTERVAL", 0.02, minimum=0.001),
    },
    # A worker waits for messages without end, also on a connection that nobody serves any more: it
    # notices that by a heartbeat on RabbitMQ, and on Redis by a check whether its request, which
    # waits for one second at most, was responded to.
    "redis": {"socket_timeout": 5, "socket_connect_timeout": 3, "health_check_interval": 5},
    "amqp": {"read_timeout": 10, "write_timeout": 10},
}
_BROKER_OPTIONS |= {f"{name}s": _BROKER_OPTIONS[name] for name in ("redis", "amqp")}  # with TLS
CELERY_BROKER_HEARTBEAT = 5  # seconds; missed twice, the connection is given up
# A broker that is down is tried once, and one that was restarted is connected to again at once.
# (Workers wait for it.)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    **_BROKER_OPTIONS.get(BROKER_URL.partition(":")[0], {}),
}
QUEUE_PREFIX = env.text("QUEUE_PREFIX")  # where several installations share a broker
# A lost nudge costs time, not data: keeping it on a disk, or acknowledging it, would cost more.
CELERY_TASK_DEFAULT_DELIVERY_MODE = "transient"
CELERY_TASK_QUEUES = [
    Queue(name, Exchange(name), routing_key=name, no_ack=True)
    for name in (f"{QUEUE_PREFIX}{service}" for service in ALL_SERVICES)
]
CELERY_ACCEPT_CONTENT = CELERY_RESULT_ACCEPT_CONTENT = ["json"]  # unpickling runs code
CELERY_BROKER_CONNECTION_TIMEOUT = 3
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CHANNEL_ERROR_RETRY = True  # as of a Redis that became a replica
# Does not apply to our tasks; but if it is not set, Celery warns each time.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TASK_SOFT_TIME_LIMIT = _SOFT = env.whole("TASK_SOFT_TIME_LIMIT", 50, minimum=1)
CELERY_TASK_TIME_LIMIT = env.whole("TASK_TIME_LIMIT", _SOFT + 10, minimum=_SOFT + 1)
# The work of one task fits into its limit, even if an event hangs at its end, and hangs again.
TASK_TIME = CELERY_TASK_SOFT_TIME_LIMIT * 0.3  # then it makes way for the next message
# Then a batch takes no further event: on SQLite, all others that write wait for its end.
BATCH_TIME = min(CELERY_TASK_SOFT_TIME_LIMIT * 0.05, 0.3)
CHUNK_ROWS = 200  # the most that a chunk of an event's effects changes
HANDLER_TIME_LIMIT = CELERY_TASK_SOFT_TIME_LIMIT * 0.2  # for one event
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_RESULT_BACKEND = "eventstore.tasks.Results"  # django-celery-results
CELERY_RESULT_EXTENDED = True
CELERY_RESULT_EXPIRES = env.whole("RESULT_EXPIRES", 86_400)
RESULT_LIMIT = env.whole("RESULT_LIMIT", 5_000)
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
