"""What a web server calls."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')

application = get_wsgi_application()

# The web server loads this once and then forks its workers. What is loaded before is shared by all of them for as long
# as nobody writes to it: so load the pages now, and keep the garbage collector, which marks what it looks at, off it.
get_resolver().url_patterns  # noqa: B018 - asking is what loads them
gc.collect()
gc.freeze()
