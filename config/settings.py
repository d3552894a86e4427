"""Every switch of the site, read from the environment once. docs/operators.md explains each variable."""

from pathlib import Path

from . import env as read
from .env import env

BASE_DIR = Path(__file__).resolve().parent.parent
# Everything the site writes lies here: SQLite file, media, mails, collected static files, the secret key.
VAR_DIR = BASE_DIR / env.text('DATA_DIR', 'var')

# Where the site is reached. https:// says that a proxy in front of us speaks TLS, and turns on what belongs to it.
BASE_URL = env.url(
    'BASE_URL',
    f'http://localhost:{env.number("PORT", 8000, at_least=1, at_most=65535)}',
    schemes={'http', 'https'},
    example='https://playbooks.example.com',
)
BEHIND_TLS = BASE_URL.scheme == 'https'
PROCESSES = env.number('WEB_CONCURRENCY', 1, at_least=1)

DEBUG = env.flag('DEBUG')
SECRET_KEY = read.secret_key(env, file=VAR_DIR / 'secret_key', required=BEHIND_TLS)
ALLOWED_HOSTS = env.words(
    'ALLOWED_HOSTS',
    [BASE_URL.hostname or 'localhost'] if BEHIND_TLS else ['localhost', '127.0.0.1', '[::1]', BASE_URL.hostname or ''],
)
CSRF_TRUSTED_ORIGINS = [f'{BASE_URL.scheme}://{BASE_URL.netloc}']

INSTALLED_APPS = [
    'django.contrib.admin',
    'django.contrib.auth',
    'django.contrib.contenttypes',
    'django.contrib.sessions',
    'django.contrib.messages',
    'django.contrib.staticfiles',
    'django.forms',
    'allauth',
    'allauth.account',
    'django_htmx',
    'taggit',
    'accounts',
    'playbooks',
    'onboarding',
]

MIDDLEWARE = [
    'django.middleware.security.SecurityMiddleware',
    'config.middleware.SecurityHeadersMiddleware',
    'config.middleware.RequestSizeMiddleware',
    'whitenoise.middleware.WhiteNoiseMiddleware',
    'django.contrib.sessions.middleware.SessionMiddleware',
    # It is also what refuses a foreign Host on pages that never ask for the host themselves.
    'django.middleware.common.CommonMiddleware',
    'django.middleware.csrf.CsrfViewMiddleware',
    'django.contrib.auth.middleware.AuthenticationMiddleware',
    'django.contrib.auth.middleware.LoginRequiredMiddleware',
    'accounts.middleware.ReaderMiddleware',
    'django.contrib.messages.middleware.MessageMiddleware',
    'django.middleware.clickjacking.XFrameOptionsMiddleware',
    'django_htmx.middleware.HtmxMiddleware',
    'allauth.account.middleware.AccountMiddleware',
    'playbooks.moved.MovedPlaybooksMiddleware',
]

ROOT_URLCONF = 'config.urls'
WSGI_APPLICATION = 'config.wsgi.application'

TEMPLATES = [
    {
        'BACKEND': 'django.template.backends.django.DjangoTemplates',
        'DIRS': [BASE_DIR / 'templates'],
        'APP_DIRS': True,
        'OPTIONS': {
            'libraries': {'shell': 'config.shell'},
            'context_processors': [
                'django.template.context_processors.request',
                'django.contrib.auth.context_processors.auth',
                'django.contrib.messages.context_processors.messages',
                'accounts.context_processors.organization',
            ],
        },
    },
]
FORM_RENDERER = 'config.renderers.HouseRenderer'

# Data. ATOMIC_REQUESTS stays off: under IMMEDIATE every reader would take the write lock.
DATABASES = {'default': read.database(env, default=VAR_DIR / 'rampbook.sqlite3', base=BASE_DIR)}
DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'
CACHES = {
    'default': read.cache(env, processes=PROCESSES),
    # For what every page needs and may be a few seconds old; never leaves the process.
    'process': {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache', 'LOCATION': 'process'},
}
SESSION_ENGINE = 'django.contrib.sessions.backends.db'
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
MESSAGE_STORAGE = 'django.contrib.messages.storage.cookie.CookieStorage'

# Static files and what people hand in
STATIC_URL = '/static/'
STATIC_ROOT = VAR_DIR / 'static'
STATICFILES_DIRS = [BASE_DIR / 'static']
MEDIA_ROOT = read.media_folder(env, folder=VAR_DIR / 'media')
STORAGES = {
    # What people hand in is for this account alone, also beside other accounts of the machine.
    'default': {
        'BACKEND': 'django.core.files.storage.FileSystemStorage',
        'OPTIONS': {'file_permissions_mode': 0o600, 'directory_permissions_mode': 0o700},
    },
    'staticfiles': {'BACKEND': 'whitenoise.storage.CompressedManifestStaticFilesStorage'},
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_KEEP_ONLY_HASHED_FILES = False

# What a file of a playbook may have, a film or recording, and all files of one playbook together, in megabytes.
ATTACHMENT_MAX_MB = env.number('ATTACHMENT_MAX_MB', 20, at_least=1, at_most=1000)
FILM_MAX_MB = env.number('FILM_MAX_MB', 60, at_least=1, at_most=1000)
ATTACHMENTS_MAX_MB = env.number('ATTACHMENTS_MAX_MB', 500, at_least=1, at_most=1_000_000)
# More than a file may have (playbooks.item_forms, playbooks.files), so that its form can still say so.
MOST_BYTES_SENT = max(64, FILM_MAX_MB + 4, ATTACHMENT_MAX_MB + 4) * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 300  # likewise: the form that takes the most of them takes 100

# Mail
_EMAIL = read.email(env)
EMAIL_FILE_PATH = VAR_DIR / 'mail'
globals().update(_EMAIL)
MAIL_GOES_TO_FOLDER = not env.text('EMAIL_URL')
DEFAULT_FROM_EMAIL = env.text('EMAIL_FROM', f'Rampbook <rampbook@{BASE_URL.hostname}>')
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# People and signing in
AUTH_USER_MODEL = 'accounts.User'
AUTHENTICATION_BACKENDS = ['config.signed_in.SignedInBackend']
AUTH_PASSWORD_VALIDATORS = [
    {'NAME': 'django.contrib.auth.password_validation.UserAttributeSimilarityValidator'},
    {'NAME': 'django.contrib.auth.password_validation.MinimumLengthValidator', 'OPTIONS': {'min_length': 10}},
    {'NAME': 'django.contrib.auth.password_validation.CommonPasswordValidator'},
    {'NAME': 'django.contrib.auth.password_validation.NumericPasswordValidator'},
]
LOGIN_URL = 'account_login'
LOGIN_REDIRECT_URL = '/'
LOGOUT_REDIRECT_URL = 'account_login'
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24 * 7  # an invitation sent on a Friday still works the Thursday after

ACCOUNT_ADAPTER = 'accounts.adapter.AccountAdapter'
ACCOUNT_FORMS = {'login': 'accounts.sign_in.SignInForm'}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {'email'}
ACCOUNT_SIGNUP_FIELDS = ['email*', 'password1*', 'password2*']
ACCOUNT_EMAIL_VERIFICATION = 'mandatory'
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_USER_DISPLAY = str
ACCOUNT_EMAIL_SUBJECT_PREFIX = ''
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_DEFAULT_HTTP_PROTOCOL = BASE_URL.scheme
# A whole office may come from one address, so the limit by address is generous and the one by account is strict.
ACCOUNT_RATE_LIMITS = {
    'login': '60/m/ip',
    'login_failed': '30/m/ip,5/300s/key',
    'reset_password': '20/m/ip,5/m/key',
    'reset_password_from_key': '20/m/ip',
    'change_password': '5/m/user',
    'change_email': '10/m/user',
    'manage_email': '10/m/user',
    'confirm_email': '1/180s/key',
    'reauthenticate': '10/m/user',
}
TRUSTED_PROXY_COUNT = env.number('TRUSTED_PROXY_COUNT', 1 if BEHIND_TLS else 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

# Words, dates and tags. Times are shown in each reader's own zone and manner: accounts.middleware.ReaderMiddleware.
LANGUAGE_CODE = 'en-us'
LANGUAGES = [('en', 'English')]
USE_I18N = True
USE_TZ = True
TIME_ZONE = 'UTC'
# How a person may have dates and numbers written; the interface itself is in LANGUAGES.
READER_LOCALES = [
    ('en-us', 'English (United States)'),
    ('en-gb', 'English (United Kingdom)'),
    ('de', 'Deutsch'),
    ('es', 'Español'),
    ('fr', 'Français'),
    ('it', 'Italiano'),
    ('nl', 'Nederlands'),
    ('pl', 'Polski'),
    ('pt', 'Português'),
    ('pt-br', 'Português (Brasil)'),
    ('sv', 'Svenska'),
]
TAGGIT_CASE_INSENSITIVE = True
TAGGIT_STRIP_UNICODE_WHEN_SLUGIFYING = True

# What a browser may do with our pages: nothing inline, nothing from elsewhere.
SECURE_CSP = {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'font-src': ["'self'"],
    'connect-src': ["'self'"],
    'media-src': ["'self'"],
    'manifest-src': ["'self'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
    'base-uri': ["'none'"],
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in (
        'accelerometer',
        'camera',
        'display-capture',
        'geolocation',
        'gyroscope',
        'microphone',
        'payment',
        'usb',
    )
}
X_FRAME_OPTIONS = 'DENY'
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = 'same-origin'
SECURE_CROSS_ORIGIN_OPENER_POLICY = 'same-origin'
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = BEHIND_TLS
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = ['^healthz$']
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True

SILENCED_SYSTEM_CHECKS = [
    'auth.W004',  # e-mail is unique regardless of case, by a constraint on its lower form
    'security.W021',  # entering the browsers' preload list is for whoever owns the domain, not for one site on it
]

LOGGING = {
    'version': 1,
    'disable_existing_loggers': False,
    'formatters': {'line': {'format': '{asctime} {levelname} {name}: {message}', 'style': '{'}},
    'handlers': {'stderr': {'class': 'logging.StreamHandler', 'formatter': 'line'}},
    'root': {'handlers': ['stderr'], 'level': env.text('LOG_LEVEL', 'WARNING').upper()},
    'loggers': {
        'django': {'handlers': [], 'level': 'NOTSET', 'propagate': True},
        # What strangers ask for is no trouble of ours.
        'django.request': {'level': 'ERROR'},
        'django.security.DisallowedHost': {'level': 'CRITICAL'},
    },
}
