"""One settings file. Everything an office may change is an environment variable named WENMING_…

docs/operations.md lists them all; a test holds that list and this file together.
"""

import hashlib
import secrets
from pathlib import Path

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("WENMING_VAR") or BASE_DIR / "var")
VAR_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.flag("WENMING_DEBUG")


def _secret() -> str:
    """The key from the environment, or one made at the first start and kept beside the data."""
    given = env.text("WENMING_SECRET_KEY")
    if given:
        return given
    file = VAR_DIR / "secret_key"
    try:
        with file.open("x", encoding="utf-8") as out:
            file.chmod(0o600)
            out.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return file.read_text(encoding="utf-8").strip()


SECRET_KEY = _secret()
ALLOWED_HOSTS = env.names("WENMING_HOSTS", "*")
CSRF_TRUSTED_ORIGINS = env.names("WENMING_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "django_htmx",
    "storages",
    "wenming.ground.jobs",
    "wenming.ground.audit",
    "wenming.ground.units",
    "wenming.ground.people",
    "wenming.ground.calendar",
    "wenming.ground.standards",
    "wenming.ground.places",
    "wenming.ground.evidence",
    "wenming.ground.notices",
    "wenming.ledger",
    "wenming.records.cases",
    "wenming.records.journals",
    "wenming.records.parcels",
    "wenming.outcomes.appraisals",
    "wenming.outcomes.documents",
    "wenming.outcomes.forms",
    "wenming.faces.kit",
    "wenming.faces.desk",
    "wenming.faces.field",
    "wenming.faces.board",
    "wenming.faces.public",
]

MIDDLEWARE = [
    "wenming.faces.kit.proxies.ClientAddress",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "wenming.faces.kit.middleware.Private",
    "wenming.faces.kit.middleware.LogInFirst",
    "wenming.faces.kit.middleware.IdleTimeout",
    "wenming.faces.kit.middleware.FirstPassword",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "wenming.faces.kit.middleware.Refusals",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wenming.faces.kit.context.frame",
            ],
            "builtins": ["wenming.faces.kit.templatetags.kit"],
        },
    }
]

DATABASES = {"default": env.database(env.text("WENMING_DATABASE", "sqlite:///var/wenming.sqlite3"), BASE_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "wenming.ground.people.passwords.LengthAndKinds"},
    {"NAME": "wenming.ground.people.passwords.NotThePhone"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
]
LOGIN_URL = "kit:log-in"
LOGIN_REDIRECT_URL = "kit:home"
LOGOUT_REDIRECT_URL = "kit:log-in"
# Five failures lock the pair (phone, address) for 15 minutes (等保 2.0 身份鉴别, handbook §9.5).
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "kit/locked.html"
AXES_USERNAME_FORM_FIELD = "username"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

IDLE_MINUTES = env.number("WENMING_IDLE_MINUTES", 60)
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag("WENMING_HTTPS")
# Whoever these say a request comes from, and over HTTPS, is believed (kit/proxies.py); the headers of others are
# taken away. HTTPS needs a proxy; unless told otherwise it is on this machine.
PROXIES = env.networks("WENMING_PROXIES", "127.0.0.1,::1" if env.flag("WENMING_HTTPS") else "")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("WENMING_HTTPS") else None
CSRF_FAILURE_VIEW = "wenming.faces.kit.views.csrf_failed"
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_REFERRER_POLICY = "same-origin"
_TILES = ["https://*.tianditu.gov.cn"] if env.text("WENMING_TIANDITU_KEY") else []
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:", *_TILES],
    "style-src": ["'self'", "'unsafe-inline'"],
    "script-src": ["'self'"],
    "connect-src": ["'self'"],
    "frame-ancestors": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
}
TIANDITU_KEY = env.text("WENMING_TIANDITU_KEY")

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "frontend" / "dist"]

# A request may carry six photos of 20 MB and their form; each part is checked again by decoding it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_TEMP_DIR = str(VAR_DIR / "upload")
Path(FILE_UPLOAD_TEMP_DIR).mkdir(parents=True, exist_ok=True)

_PHOTO_STORE: dict[str, object] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": str(env.text("WENMING_FILES") or VAR_DIR / "files")},
}
if env.text("WENMING_S3_BUCKET"):
    _PHOTO_STORE = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.text("WENMING_S3_BUCKET"),
            "endpoint_url": env.text("WENMING_S3_ENDPOINT") or None,
            "access_key": env.text("WENMING_S3_KEY"),
            "secret_key": env.text("WENMING_S3_SECRET"),
            "region_name": env.text("WENMING_S3_REGION") or None,
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
        },
    }
STORAGES = {
    "default": _PHOTO_STORE,
    "staticfiles": {"BACKEND": "wenming.faces.kit.static.ManifestStorage"},
}

PACKS_DIR = Path(env.text("WENMING_PACKS") or BASE_DIR / "packs")
# Job handlers that the worker knows, one dotted path a line: rooms register their tasks here, in plain sight.
JOB_MODULES = [
    "wenming.ground.evidence.tasks",
    "wenming.ground.notices.tasks",
    "wenming.ledger.tasks",
    "wenming.records.cases.tasks",
    "wenming.outcomes.appraisals.tasks",
    "wenming.outcomes.documents.tasks",
    "wenming.faces.desk.import_job",
    "wenming.cli.upkeep",
]
SITE_NAME = env.text("WENMING_SITE_NAME", "创城一本账")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("WENMING_LOG", "WARNING")},
}
# Only a name for caches and locks of this installation; not a secret.
INSTALLATION = hashlib.sha256(str(BASE_DIR).encode()).hexdigest()[:12]
