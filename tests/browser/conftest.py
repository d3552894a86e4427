"""A real Chromium against a live server, with axe-core and a guard against anything the CSP refuses."""

import os
import re
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import sync_playwright

CHROMIUM_NAMES = ('chromium', 'chromium-browser', 'google-chrome')
CHROMIUM_ARGUMENTS = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-dev-shm-usage',
]
AXE = (Path(__file__).parent / 'vendor/axe.min.js').read_text()
AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
ABOUT_COLORS = ['color-contrast', 'link-in-text-block']  # nothing else differs between light and dark
SCREENSHOTS = settings.BASE_DIR / 'var/screenshots'
WIDTHS = (1280, 360)
PICTURED = {(1280, 'light'), (360, 'dark')}


@pytest.fixture(scope='session')
def chromium():
    """One browser for all tests."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        pytest.skip('Chromium is missing: apt-get install chromium')
    # Playwright keeps an event loop running in the test's thread; Django would refuse the database there.
    os.environ['DJANGO_ALLOW_ASYNC_UNSAFE'] = 'true'
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()
    del os.environ['DJANGO_ALLOW_ASYNC_UNSAFE']


@pytest.fixture
def new_page(chromium, live_server):
    """Make pages that share nothing, one for each person; a broken script or what the CSP refuses is a failure."""
    contexts, troubles, under_way = [], [], set()

    def make(*, width=1280, height=900, **options):
        context = chromium.new_context(
            base_url=live_server.url, viewport={'width': width, 'height': height}, reduced_motion='reduce', **options
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        context.on('request', lambda request: under_way.add(request))  # noqa: PLW0108 playwright cannot hold a builtin
        for ended in ('requestfinished', 'requestfailed'):
            context.on(ended, lambda request: under_way.discard(request))  # noqa: PLW0108
        page = context.new_page()
        page.on('pageerror', lambda error: troubles.append(f'{page.url}: {error}'))
        page.on(
            'console',
            lambda message: 'Content Security' in message.text and troubles.append(f'{page.url}: {message.text}'),
        )
        return page

    yield make
    for context in contexts:
        # What the server is still answering (a draft that saves itself) must not meet the database being emptied.
        for _ in range(100):
            if under_way and context.pages:
                context.pages[0].wait_for_timeout(50)
        context.close()
    assert troubles == []


@pytest.fixture
def page(new_page):
    """One page on a wide screen, nobody signed in."""
    return new_page()


@pytest.fixture
def sign_in(live_server):
    """Sign somebody in, by person or address, without going through the form."""

    def do(page, person):
        if isinstance(person, str):
            person = get_user_model().objects.get(email=person)
        client = Client()
        client.force_login(person)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{'name': cookie.key, 'value': cookie.value, 'url': live_server.url}])
        return page

    return do


@pytest.fixture
def screenshot():
    """Keep a picture of the whole page in var/screenshots."""

    def take(page, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f'{re.sub(r"[^a-z0-9-]+", "-", name.lower())}.png'
        # Hiding the caret would leave style attributes behind; once htmx copies them, the page's policy refuses them.
        page.screenshot(path=path, full_page=True, caret='initial')
        return path

    return take


@pytest.fixture
def check_page(screenshot):
    """Look at a page as it stands in light and dark, wide and at 360 px: nothing for axe to say, no sideways scroll."""

    def look(page, name):
        size = page.viewport_size
        for width in WIDTHS:
            page.set_viewport_size({'width': width, 'height': 900})
            for scheme in ('light', 'dark'):
                page.emulate_media(color_scheme=scheme, reduced_motion='reduce')
                page.evaluate('delete document.documentElement.dataset.theme')
                place = f'{name}-{width}-{scheme}'
                if (width, scheme) in PICTURED:
                    screenshot(page, place)
                assert violations(page, only_colors=scheme == 'dark') == [], place
                assert page.evaluate('document.documentElement.scrollWidth') <= width, f'{place} scrolls sideways'
        page.set_viewport_size(size)
        page.emulate_media(color_scheme='light', reduced_motion='reduce')

    return look


def violations(page, *, only_colors=False):
    """Return what axe-core finds wrong, as lines one can act on."""
    if not page.evaluate('"axe" in window'):
        page.evaluate(AXE)
    only = {'type': 'rule', 'values': ABOUT_COLORS} if only_colors else {'type': 'tag', 'values': AXE_TAGS}
    found = page.evaluate('only => axe.run(document, {runOnly: only, resultTypes: ["violations"]})', only)
    return [
        f'{rule["id"]}: {rule["help"]}: {node["html"][:200]} {node["failureSummary"][:300]}'
        for rule in found['violations']
        for node in rule['nodes']
    ]
