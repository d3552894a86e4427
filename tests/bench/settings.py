"""The site's settings as they are in production, with the yardstick's pages and the probe added."""

from config.settings import *  # noqa: F403
from config.settings import MIDDLEWARE

ROOT_URLCONF = 'tests.bench.urls'
MIDDLEWARE = ['tests.bench.probe.ProbeMiddleware', *MIDDLEWARE]
