"""The site's settings, made quick and self-contained for tests: files in a folder of this process alone."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

for name in ('BASE_URL', 'DEBUG', 'ALLOWED_HOSTS', 'CACHE_URL', 'EMAIL_URL', 'MEDIA_STORAGE_URL', 'WEB_CONCURRENCY'):
    os.environ.pop(name, None)

_FOLDER = Path(tempfile.mkdtemp(prefix='rampbook-test-'))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
os.environ.update(SECRET_KEY='only-for-tests', DATA_DIR=str(_FOLDER))

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, STATIC_ROOT  # noqa: E402

# A file, not memory: threads must wait for each other as they do on a real site. Its own name for each process, so
# that several runs on one machine leave each other alone.
if DATABASES['default']['ENGINE'].endswith('sqlite3'):
    DATABASES['default']['TEST'] = {'NAME': _FOLDER / 'test.sqlite3'}
    options = DATABASES['default']['OPTIONS']
    options['init_command'] = options['init_command'].replace('synchronous=FULL', 'synchronous=OFF')
else:
    DATABASES['default']['TEST'] = {'NAME': f'test_{DATABASES["default"]["NAME"]}_{os.getpid()}'}
DATABASES['default']['CONN_MAX_AGE'] = 0

PASSWORD_HASHERS = ['django.contrib.auth.hashers.MD5PasswordHasher']
EMAIL_BACKEND = 'django.core.mail.backends.locmem.EmailBackend'
STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {
    'default': {'BACKEND': 'django.core.files.storage.FileSystemStorage'},
    'staticfiles': {'BACKEND': 'django.contrib.staticfiles.storage.StaticFilesStorage'},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
ACCOUNT_RATE_LIMITS = False
