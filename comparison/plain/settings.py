"""The settings of one application with one database. What the blog has too is set as there."""

from pathlib import Path

import django_stubs_ext

from config import environment as env
from config.databases import databases

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = BASE_DIR / env.text("VAR_DIR", "var")
SECRET_KEY = env.text("SECRET_KEY", "of a lab on loopback")
ALLOWED_HOSTS = ["127.0.0.1"]
TLS = False

INSTALLED_APPS = [
    "comparison",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
]
DATABASES = databases(["default"], BASE_DIR, VAR_DIR)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ROOT_URLCONF = "comparison.plain.urls"
WEB_THREADS = 4
REMEMBERED_BYTES = 0
REQUEST_TIMEOUT, DATABASE_TIMEOUT, BODY_TIMEOUT = 18.0, 15.0, 10.0  # seconds
MIDDLEWARE = [
    "web.refusals.Refusals",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
            ]
        },
    }
]
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "web.authentication.BasicAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["web.api.JSONRenderer", "web.api.BrowsableAPIRenderer"],
    "DEFAULT_PARSER_CLASSES": ["web.api.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["web.throttling.WriteThrottle"],
    "EXCEPTION_HANDLER": "web.errors.exception_handler",
}
THROTTLE_RATES = env.throttle_rates()
MODERATION_DEFAULT = env.choice("MODERATION_DEFAULT", "approve", ["approve", "hold"])
USE_TZ = True
TIME_ZONE = env.time_zone("TIME_ZONE")
USE_I18N = False
