"""Settings, all from the environment: nothing to edit for a start, a handful of variables for an installation.

LINLI_VAR            folder of everything that is kept (default: var/ beside the code)
LINLI_DATABASE_URL   postgres://user:password@host/name (default: SQLite under LINLI_VAR)
LINLI_HOSTS          host names that the server answers to, comma-separated (default: any, for a village's own network)
LINLI_HTTPS          1 when served over HTTPS: cookies become secure-only, and browsers are told to ask no other way for a year
LINLI_TRUSTED_PROXIES number of reverse proxies in front whose X-Forwarded-For is believed (default 0)
LINLI_DEMO           1 shows the codes of the phone channel in the log and the demonstration sign-ins on the sign-in page
LINLI_ADDRESS        where people reach this installation, as https://linli.example.gov.cn: links in messages begin with it, and without it
                     no notices leave the house (in a demonstration: this machine)
LINLI_SMS_ADDRESS    https address of the gateway that sends texts to phones: each is posted as JSON, signed (see orgs/gateway.py)
LINLI_SMS_SECRET     the secret by which it is signed
LINLI_EMAIL_HOST     mail server; without one nobody is offered notices by e-mail
LINLI_EMAIL_PORT     its port (default: 465 with ssl, 587 with starttls, else 25)
LINLI_EMAIL_SECURITY starttls (default), ssl, or none
LINLI_EMAIL_USER, LINLI_EMAIL_PASSWORD how the server is signed in to
LINLI_EMAIL_FROM     the sender of e-mail, as 邻里 <notice@example.gov.cn>
LINLI_WECHAT_WEB_ID, LINLI_WECHAT_WEB_SECRET the website's application at the open platform of WeChat: signing in by QR code
LINLI_WECHAT_MP_ID, LINLI_WECHAT_MP_SECRET the official account: signing in inside WeChat
LINLI_WECHAT_OPEN, LINLI_WECHAT_API where WeChat is, if not at https://open.weixin.qq.com and https://api.weixin.qq.com
LINLI_INTAKE_PER_HOUR reports that one address may send in an hour (default 20)
LINLI_FILES_MB_PER_HOUR files that one address may send with reports in an hour, in MB (default 300)
LINLI_DRAFTS_MB      files that reports not yet sent may keep in all, in MB (default 5000): from half of it on what lies untouched for a
                     day is dropped instead of after a week, at all of it no further files are taken until there is room
LINLI_KEEP_FREE_MB   MB of the disk that such files leave free (default 1000)
LINLI_WORKERS        server processes (default: as many as there are cores)
LINLI_THREADS        requests that each of them works on at once (default 2: more only take turns, as Python runs one at a time)
LINLI_DEBUG          1 shows error pages with details: never on a public server
"""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from django.utils.translation import gettext_lazy as _

from linli.config import secrets_file

SOURCE = Path(__file__).resolve().parents[1]
ROOT = SOURCE.parents[1]
VAR = Path(os.environ.get("LINLI_VAR") or ROOT / "var").resolve()
VAR.mkdir(parents=True, exist_ok=True)

DEBUG = os.environ.get("LINLI_DEBUG") == "1"
LINLI_DEMO = os.environ.get("LINLI_DEMO") == "1"
LINLI_TRUSTED_PROXIES = int(os.environ.get("LINLI_TRUSTED_PROXIES") or 0)
_https = os.environ.get("LINLI_HTTPS") == "1"

_keys = secrets_file.load(VAR)
SECRET_KEY = _keys["django_secret"]
LINLI_FIELD_KEY = _keys["field_key"]
LINLI_BLIND_INDEX_KEY = _keys["blind_index_key"]

ALLOWED_HOSTS = [host for host in os.environ.get("LINLI_HOSTS", "").split(",") if host] or ["*"]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host != "*"] if _https else []

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "django_q",
    "ninja",
    "linli.kernel",
    "linli.places",
    "linli.orgs",
    "linli.people",
    "linli.procedures",
    "linli.matters",
    "linli.planning",
    "linli.channels",
    "linli.flows",
    "linli.shell",
    "linli.demo",
]
MIDDLEWARE = [
    "linli.kernel.middleware.presentation",
    "linli.kernel.middleware.security_headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "linli.orgs.middleware.signed_in",
    "linli.shell.errors.middleware",
]
ROOT_URLCONF = "linli.config.urls"
WSGI_APPLICATION = "linli.config.wsgi.application"
APPEND_SLASH = True

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "linli.config.jinja.environment",
            "extensions": ["jinja2.ext.i18n"],
            "context_processors": ["linli.shell.context.frame"],
        },
    },
    # django-ninja's page of the API documentation is a Django template
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {}},
]

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("LINLI_DATABASE_URL") or f"sqlite:///{VAR / 'linli.sqlite3'}", conn_max_age=None
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # writers queue at BEGIN instead of failing half-way; readers never wait (write-ahead log)
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; "
        "PRAGMA mmap_size=1073741824; PRAGMA temp_store=MEMORY;",
    }
else:
    # statements are planned once for a connection and not each time that they run
    DATABASES["default"]["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 5}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "orgs.User"
AUTHENTICATION_BACKENDS = ["linli.orgs.backends.Accounts"]
SESSION_ENGINE = "linli.orgs.sessions"
SESSION_COOKIE_NAME = "linli_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
CSRF_COOKIE_NAME = "linli_csrf"
CSRF_FAILURE_VIEW = "linli.shell.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https and LINLI_TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
LOGIN_URL = "/sign-in/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "language"
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
LOCALE_PATHS: list[Path] = []

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = VAR / "media"

# nine photos of at most 12 MB and a recording; everything else is small
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400
DATA_UPLOAD_MAX_NUMBER_FILES = 12
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
LINLI_UPLOAD_LIMIT = 130_000_000

Q_CLUSTER = {
    "name": "linli",
    "orm": "default",
    "workers": 1,
    "recycle": 500,
    "timeout": 3600,
    "retry": 3700,
    "max_attempts": 5,
    "catch_up": False,  # a missed schedule runs once, not once per missed turn: our jobs look at the state, not at the turn
    "queue_limit": 20,
    "bulk": 1,
    "poll": 2,
    "save_limit": 1000,
    "label": "jobs",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django-q": {"level": "WARNING"},
        # anybody can send any host as often as they like: the answer says 400, the log need not grow by it
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}

LINLI_CITY_NAME = os.environ.get("LINLI_CITY_NAME") or _("邻里")
LINLI_INTAKE_PER_HOUR = int(os.environ.get("LINLI_INTAKE_PER_HOUR") or 20)
LINLI_FILES_MB_PER_HOUR = int(os.environ.get("LINLI_FILES_MB_PER_HOUR") or 300)
LINLI_DRAFTS_MB = int(os.environ.get("LINLI_DRAFTS_MB") or 5000)
LINLI_KEEP_FREE_MB = int(os.environ.get("LINLI_KEEP_FREE_MB") or 1000)

LINLI_ADDRESS = (os.environ.get("LINLI_ADDRESS") or "").rstrip("/")
if not LINLI_ADDRESS and LINLI_DEMO:
    LINLI_ADDRESS = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
LINLI_SMS_ADDRESS = os.environ.get("LINLI_SMS_ADDRESS") or ""
LINLI_SMS_SECRET = os.environ.get("LINLI_SMS_SECRET") or ""
_email = os.environ.get("LINLI_EMAIL_SECURITY") or "starttls"
EMAIL_HOST = os.environ.get("LINLI_EMAIL_HOST") or ""
EMAIL_PORT = int(os.environ.get("LINLI_EMAIL_PORT") or {"ssl": 465, "starttls": 587}.get(_email, 25))
EMAIL_HOST_USER = os.environ.get("LINLI_EMAIL_USER") or ""
EMAIL_HOST_PASSWORD = os.environ.get("LINLI_EMAIL_PASSWORD") or ""
EMAIL_USE_SSL, EMAIL_USE_TLS = _email == "ssl", _email == "starttls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("LINLI_EMAIL_FROM") or "linli@localhost"
LINLI_WECHAT_WEB_ID = os.environ.get("LINLI_WECHAT_WEB_ID") or ""
LINLI_WECHAT_WEB_SECRET = os.environ.get("LINLI_WECHAT_WEB_SECRET") or ""
LINLI_WECHAT_MP_ID = os.environ.get("LINLI_WECHAT_MP_ID") or ""
LINLI_WECHAT_MP_SECRET = os.environ.get("LINLI_WECHAT_MP_SECRET") or ""
LINLI_WECHAT_OPEN = (os.environ.get("LINLI_WECHAT_OPEN") or "https://open.weixin.qq.com").rstrip("/")
LINLI_WECHAT_API = (os.environ.get("LINLI_WECHAT_API") or "https://api.weixin.qq.com").rstrip("/")
