"""Settings, top to bottom in Django's order.  Every default runs on a laptop; production is told by MODE.

Each value can come from the environment, or from a file named by the same variable with ``_FILE`` behind it.
"""

import contextlib
import os
import re
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environ.fileaware_mapping import FileAwareMapping


class FilesOrEnvironment(FileAwareMapping):
    """Like its parent, and an editor's last line break in the file does not count."""

    def __getitem__(self, key: str) -> str:
        return super().__getitem__(key).strip()


class Environment(environ.Env):
    ENVIRON = FilesOrEnvironment()


ROOT = Path(__file__).resolve().parent.parent
env = Environment()

VAR = Path(env("VAR", default=str(ROOT / "var"))).resolve()
try:
    VAR.mkdir(parents=True, exist_ok=True)
except OSError as problem:
    raise ImproperlyConfigured(f"The folder {VAR} (VAR) cannot be made: {problem.strerror}.") from problem

MODES = ("laptop", "production")
MODE = env("MODE", default="laptop")
if MODE not in MODES:
    raise ImproperlyConfigured(f"MODE must be one of {', '.join(MODES)}, not {MODE!r}.")
PRODUCTION = MODE == "production"


SECRET_MIN_LENGTH = 50
NOT_SECRET = (
    "change",
    "default",
    "django-insecure",
    "example",
    "insecure",
    "only-the-tests",
    "password",
    "secret",
)


def needed(name: str, example: str) -> str:
    """The value of ``name``, without which production does not start."""
    given = env(name, default="")
    if PRODUCTION and not given:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, for example {example}")
    return given


def strong(name: str, value: str) -> str:
    plain = len(value) < SECRET_MIN_LENGTH or len(set(value)) < 8 or value.lower().startswith(NOT_SECRET)
    if PRODUCTION and plain:
        raise ImproperlyConfigured(
            f"{name} must be a real secret of at least {SECRET_MIN_LENGTH} characters in production. "
            "Make one with: openssl rand -base64 48"
        )
    return value


def kept(name: str) -> str:
    """A laptop's own secret, made on first run; of several first runs at once the link lets one win."""
    place = VAR / f"{name.lower()}.txt"
    if not place.exists():
        draft = VAR / f".{name.lower()}.{secrets.token_hex(8)}"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(draft, place)
        draft.unlink()
    return place.read_text().strip()


def content_keys() -> list[str]:
    """The key ring of confidential text, newest first, each "name:secret" (see ``core/crypto.py``)."""
    ring = [key.strip() for key in env.list("CONTENT_KEYS", default=[])]
    if not ring and PRODUCTION:
        raise ImproperlyConfigured(
            "Set CONTENT_KEYS or CONTENT_KEYS_FILE, for example k1:$(openssl rand -base64 48)"
        )
    for key in ring:
        name, colon, value = key.partition(":")
        if not (name and colon and value):
            raise ImproperlyConfigured(
                "Each key of CONTENT_KEYS is written name:secret, separated by commas."
            )
        strong(f"The key {name} of CONTENT_KEYS", value)
    return ring or [f"k1:{kept('CONTENT_KEY')}"]


SECRET_KEY = strong("SECRET_KEY", needed("SECRET_KEY", "$(openssl rand -base64 48)") or kept("SECRET_KEY"))
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
CONTENT_KEYS = content_keys()

DEBUG = env.bool("DEBUG", default=False)
if DEBUG and PRODUCTION:
    raise ImproperlyConfigured("DEBUG shows its insides to everybody: it cannot be on in production.")
# A laptop without a database of its own shows the demo organisation.
DEMO = env.bool("DEMO", default=not env("DATABASE_URL", default="")) and not PRODUCTION

PUBLIC_URL = (env("PUBLIC_URL", default="") or "http://127.0.0.1:8000").rstrip("/")
_address = urlsplit(PUBLIC_URL)
if not _address.hostname or _address.path:
    raise ImproperlyConfigured("PUBLIC_URL is a scheme and a host, such as https://mentoring.example.org.")
if PRODUCTION and _address.scheme != "https":
    raise ImproperlyConfigured("PUBLIC_URL must be the https:// address that people type.")
# Health checks come from the same machine and name it so.
ALLOWED_HOSTS = [
    *(env.list("ALLOWED_HOSTS", default=[]) or [_address.hostname]),
    "127.0.0.1",
    "localhost",
    "[::1]",
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "core",
    "activity",
    "people",
    "programs",
    "relationships",
    "matching",
    "reports",
    "mentorship",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "mentorship.middleware.SignInFirst",
    "mentorship.middleware.local_time",
    "mentorship.middleware.private_pages",
    "mentorship.middleware.possible_addresses",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "mentorship.urls"
WSGI_APPLICATION = "mentorship.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mentorship.context.navigation",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "core.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "core.forms.FieldRenderer"

needed("DATABASE_URL", "postgres://mentorship:password@db.example.org:5432/mentorship")
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR / 'mentorship.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock at the start, so that two writers wait instead of failing half-way;
    # FULL because NORMAL may forget the last "sent" marks at power loss, and a letter would go out twice.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Rate limits count in the cache, so the web processes of production share one.
REDIS_URL = needed("REDIS_URL", "redis://:password@redis.example.org:6379/0")
CACHE_URL = env("CACHE_URL", default=REDIS_URL)
CACHES = {
    "default": {"BACKEND": "core.caches.RedisOrMemory", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/home/"
LOGOUT_REDIRECT_URL = "/sign-in/"

ACCOUNT_ADAPTER = "people.accounts.Accounts"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"  # nobody signs up by themselves: the invitation went to the address
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# Beside those of signing in: presses of links in letters, from one place.
ACCOUNT_RATE_LIMITS = {"by_mail": "30/m/ip"}
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_USER_DISPLAY = "people.accounts.display_name"
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1 if PRODUCTION else 0)

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(VAR / "static")))
if not PRODUCTION:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # empty: a laptop serves them from where they are written
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
MEDIA_ROOT = VAR / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
UPLOAD_MAX_BYTES = 10 * 1024 * 1024

# Without a mail server a demo keeps its letters in the post box, where the page "Post" shows them.
EMAIL_URL = needed("EMAIL_URL", "smtp+tls://name:password@mail.example.org:587")
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 15
# How long published pairs can be taken back before anybody is told.
UNDO_MINUTES = env.float("UNDO_MINUTES", default=10)
# How many letters that can wait somebody gets in a week, one by one; the others come together in a digest.
LETTERS_A_WEEK = env.int("LETTERS_A_WEEK", default=2)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="mentoring@example.org")
# Where mail servers return letters to and people answer them: a mailbox whose mail is piped into
# ``manage.py inbound``.  Behind a plus sign it carries what the mail is about (docs/mail-coming-in.md).
INBOUND_ADDRESS = env("INBOUND_ADDRESS", default="")
INBOUND_NAME_MAX = 64 - len("+b-") - 26 - 16  # RFC 5321 allows 64; letter and proof take 26 and 16
if INBOUND_ADDRESS:
    _local, _at, _host = INBOUND_ADDRESS.rpartition("@")
    if not _host or len(_local) > INBOUND_NAME_MAX or not re.fullmatch(r"[A-Za-z0-9._-]+", _local):
        raise ImproperlyConfigured(
            f"INBOUND_ADDRESS is a bare address such as mentoring@example.org, with at most {INBOUND_NAME_MAX} "
            "letters, digits, dots and dashes before the @."
        )

# Which mail provider reports letters that it could not deliver, to /webhooks/mail/<provider>/, and with what it proves
# that it is the provider: the key it signs with, or name:password in the address it is given.
WEBHOOK_KEYS = {
    "brevo": "WEBHOOK_SECRET",
    "mailgun": "MAILGUN_WEBHOOK_SIGNING_KEY",
    "mailjet": "WEBHOOK_SECRET",
    "postal": "POSTAL_WEBHOOK_KEY",
    "postmark": "WEBHOOK_SECRET",
    "sendgrid": "SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY",
    "sparkpost": "WEBHOOK_SECRET",
}
MAIL_WEBHOOK_PROVIDER = env("MAIL_WEBHOOK_PROVIDER", default="")
MAIL_WEBHOOK_KEY = env("MAIL_WEBHOOK_KEY", default="")
ANYMAIL = {}
if MAIL_WEBHOOK_PROVIDER:
    if MAIL_WEBHOOK_PROVIDER not in WEBHOOK_KEYS:
        raise ImproperlyConfigured(f"MAIL_WEBHOOK_PROVIDER must be one of {', '.join(WEBHOOK_KEYS)}.")
    if not MAIL_WEBHOOK_KEY:
        raise ImproperlyConfigured("Set MAIL_WEBHOOK_KEY or MAIL_WEBHOOK_KEY_FILE: reports must be signed.")
    if WEBHOOK_KEYS[MAIL_WEBHOOK_PROVIDER] == "WEBHOOK_SECRET":
        strong("The password in MAIL_WEBHOOK_KEY", MAIL_WEBHOOK_KEY.partition(":")[2])
    ANYMAIL[WEBHOOK_KEYS[MAIL_WEBHOOK_PROVIDER]] = MAIL_WEBHOOK_KEY

# With it a monitor may read /metrics from anywhere; without one only from this very machine.
METRICS_TOKEN = env("METRICS_TOKEN", default="")
if METRICS_TOKEN:
    strong("METRICS_TOKEN", METRICS_TOKEN)

CELERY_BROKER_URL = REDIS_URL or "redis://127.0.0.1:6379/0"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    "health_check_interval": 25,
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat")
# The one line of the schedule: what happens at a time stands in rows (`activity/`), and calendars are ours
# to compute, since those of schedulers stumble over summer time.
TICK_SECONDS = env.int("TICK_SECONDS", default=10)
CELERY_BEAT_MAX_LOOP_INTERVAL = TICK_SECONDS
CELERY_BEAT_SCHEDULE = {
    "look at what is due": {
        "task": "mentorship.tasks.tick",
        "schedule": TICK_SECONDS,
        "options": {"expires": 60},
    }
}

SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "mentorship.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if PRODUCTION:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    # TLS ends at a proxy, which sets this header itself and drops what the visitor sent (README, Production).
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    # Preloading binds the whole domain of the organisation for good: that is not an application's to decide.
    SECURE_HSTS_PRELOAD = False
    SILENCED_SYSTEM_CHECKS = ["security.W021"]
    SECURE_REDIRECT_EXEMPT = [r"^healthz/", r"^metrics$"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="WARNING")},
}
