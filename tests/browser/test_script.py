"""What rampbook.js adds to pages: toasts with Undo, ticks that answer at once and go back, keys."""

import pytest
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.template import engines
from django.urls import path
from playwright.sync_api import expect

from config.urls import urlpatterns as site

PAGE = """{% extends "base.html" %}{% block title %}Script{% endblock %}
{% block content %}<h1>Items</h1><ul class="items">{% for n in "ab" %}
<li class="item" data-row id="i-{{ n }}">
<form method="post" action="/tick/{{ n }}/" hx-post="/tick/{{ n }}/" hx-target="#i-{{ n }}"
 hx-swap="outerHTML" data-optimistic>
{% csrf_token %}<button class="tick" aria-pressed="false" aria-label="Mark done: {{ n }}"></button></form>
<span class="ttl">{{ n }}</span></li>
{% endfor %}</ul><a href="/elsewhere/" data-key="e">Edit</a>{% endblock %}"""
ROW = """<li class="item done" data-row id="i-a">ticked</li>{% include "components/toasts.html" %}"""


WATCH_CLASS = """() => {
    const row = document.querySelector('#i-b');
    window.seen = [];
    new MutationObserver(() => window.seen.push(row.className)).observe(row, {attributes: true});
}"""


def page_view(request):
    return HttpResponse(engines['django'].from_string(PAGE).render({}, request))


def tick(request, name):
    if name == 'b':
        return HttpResponse(status=500)
    messages.success(request, 'Done: a', extra_tags='undo:/tick/undo/')
    return HttpResponse(engines['django'].from_string(ROW).render({}, request))


urlpatterns = [path('script/', page_view), path('tick/<str:name>/', tick), path('elsewhere/', page_view), *site]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


@pytest.fixture
def person():
    return get_user_model().objects.create_user('maya@example.com', name='Maya Okafor', shortcuts=True)


def test_a_tick_brings_a_toast_with_undo_that_is_announced_and_leaves_the_page_accessible(
    page, sign_in, person, check_page
):
    sign_in(page, person).goto('/script/')

    page.get_by_role('button', name='Mark done: a').click()

    page.get_by_text('ticked').wait_for()
    assert page.locator('.toast').get_by_role('button', name='Undo').is_visible()
    expect(page.locator('#say')).to_have_text('Done: a. Undo is available.')
    check_page(page, 'toast')


def test_a_tick_that_cannot_be_saved_goes_back_and_says_so_until_closed(page, sign_in, person):
    sign_in(page, person).goto('/script/')
    row = page.locator('#i-b')
    page.evaluate(WATCH_CLASS)

    row.get_by_role('button').click()

    toast = page.locator('.toast')
    toast.wait_for()
    assert toast.inner_text().startswith('Not saved. Try again.')
    assert page.evaluate('window.seen') == ['item done', 'item']
    assert row.get_by_role('button').get_attribute('aria-pressed') == 'false'
    toast.get_by_role('button', name='Close').click()
    assert toast.count() == 0


def test_keys_walk_rows_find_and_act_for_who_switched_them_on(page, sign_in, person):
    sign_in(page, person).goto('/script/')

    page.keyboard.press('j')
    assert page.evaluate('document.activeElement.ariaLabel') == 'Mark done: a'
    page.keyboard.press('j')
    assert page.evaluate('document.activeElement.ariaLabel') == 'Mark done: b'
    page.keyboard.press('/')
    assert page.evaluate('document.activeElement.id') == 'find'
    page.keyboard.press('e')
    assert page.locator('#find').input_value() == 'e'
    page.locator('#find').blur()
    page.keyboard.press('?')
    assert page.get_by_role('dialog', name='Keyboard shortcuts').is_visible()
    page.keyboard.press('Escape')
    page.keyboard.press('e')
    page.wait_for_url('**/elsewhere/')


def test_keys_do_nothing_for_who_did_not(page, sign_in, person):
    person.shortcuts = False
    person.save()
    sign_in(page, person).goto('/script/')

    for key in 'j/?e':
        page.keyboard.press(key)

    assert page.evaluate('document.activeElement === document.body')
    assert page.url.endswith('/script/')


def test_the_theme_chosen_in_the_menu_is_saved_and_there_on_the_next_page(page, sign_in, person):
    sign_in(page, person).goto('/script/')
    page.get_by_role('button', name='MO, your account').click()

    with page.expect_response('**/profile/theme/') as saved:
        page.get_by_role('button', name='Dark', exact=True).click()

    assert saved.value.status == 204
    assert page.locator('html').get_attribute('data-theme') == 'dark'
    person.refresh_from_db()
    assert person.theme == 'dark'
    page.goto('/elsewhere/')
    assert page.locator('html').get_attribute('data-theme') == 'dark'
