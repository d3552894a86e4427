"""Signing in, as a person sees and does it."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_sign_in_page_is_accessible_in_light_and_dark_wide_and_narrow(page, check_page):
    page.goto('/accounts/login/')

    assert page.get_by_role('heading', name='Sign in').is_visible()
    check_page(page, 'sign-in')


def test_a_wrong_password_is_told_at_the_top_with_the_focus_on_it(page, check_page):
    page.goto('/accounts/login/')
    page.get_by_label('Work email').fill('nobody@example.com')
    page.get_by_label('Password').fill('not the password')
    page.get_by_role('button', name='Sign in').click()

    summary = page.locator('.errors')
    summary.wait_for()
    assert summary.evaluate('node => node === document.activeElement')
    check_page(page, 'sign-in-refused')


def test_the_theme_of_this_device_holds_on_the_next_page(page):
    page.goto('/accounts/login/')
    page.evaluate("localStorage.rampbookTheme = 'dark'")

    page.goto('/accounts/password/reset/')

    assert page.locator('html').get_attribute('data-theme') == 'dark'


def test_who_signs_in_by_keyboard_alone_comes_to_today(page):
    person = get_user_model().objects.create_user('maya@example.com', 'a long password', name='Maya Okafor')
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    page.goto('/accounts/login/?next=/accounts/password/change/')
    page.get_by_label('Work email').focus()

    page.keyboard.type('maya@example.com')
    page.keyboard.press('Tab')
    page.keyboard.type('a long password')
    page.keyboard.press('Enter')
    page.get_by_role('heading', name='Change password').wait_for()

    assert page.get_by_role('button', name='MO, your account').is_visible()
