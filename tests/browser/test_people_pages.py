"""The pages about people, as a browser shows them: profile, a new starter, the way to the real site."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import HolidayCalendar, Organization, User
from onboarding.models import Enrollment
from tests.factories import make_admin, make_track, make_user

pytestmark = pytest.mark.django_db(transaction=True)

TRACK = """\
## Week 1

- [ ] Sign in everywhere you will need {#sign-in due=+1wd}
- [ ] Read what a very long step with many words and averyveryverylongwordwithoutanyspaces says {#meet due=+3wd}

## Later

- [ ] Hand in a brief {#brief due=+20wd signoff=manager}
"""


@pytest.fixture
def manager(db):
    HolidayCalendar.objects.create(code='PT', name='Portugal')
    manager = make_user('Ingrid Solberg')
    make_user('Priya Nair', reports_to=manager)
    make_track('first-90-days', text=TRACK)
    return manager


def test_profile(page, sign_in, check_page, manager):
    sign_in(page, manager).goto('/profile/')
    check_page(page, 'profile')

    page.get_by_label('Name').fill('')
    page.get_by_role('button', name='Save profile').click()
    page.get_by_role('link', name='Name: This field is required.').wait_for()
    check_page(page, 'profile-refused')

    page.get_by_label('Name').fill('Ingrid S. Solberg')
    page.get_by_label('Dark').check()
    page.get_by_role('button', name='Save profile').click()

    page.get_by_text('Profile saved.').wait_for()
    assert page.locator('html').get_attribute('data-theme') == 'dark'
    assert User.objects.get(pk=manager.pk).name == 'Ingrid S. Solberg'


def test_a_new_starter_whose_first_day_was_two_weeks_ago(page, sign_in, check_page, manager):
    sign_in(page, manager).goto('/onboarding/new/')
    check_page(page, 'starter-new')

    page.get_by_role('button', name='Start onboarding').click()
    page.get_by_role('link', name='Name: This field is required.').wait_for()
    check_page(page, 'starter-new-refused')

    page.get_by_label('Name').fill('Maya Okafor')
    page.get_by_label('E-mail address').fill('maya@example.com')
    page.get_by_label('Buddy').select_option('Priya Nair')
    first_day = timezone.localdate() - dt.timedelta(days=14)
    page.get_by_label('First day').fill(first_day.isoformat())
    page.get_by_role('button', name='Start onboarding').click()
    page.get_by_role('heading', name='What has Maya Okafor done already?').wait_for()
    check_page(page, 'starter-elsewhere')

    page.get_by_label('Sign in everywhere you will need').check()
    page.get_by_role('button', name='Start onboarding').click()

    page.wait_for_url('**/onboarding/*/')
    run = Enrollment.objects.get().run
    assert (run.owner.name, run.anchor_on) == ('Maya Okafor', first_day)
    assert run.items.get(key='sign-in').state == 'done'


def test_start_for_real(page, sign_in, check_page):
    Organization.objects.create(pk=1, name='Tidewater', is_sample=True)
    sign_in(page, make_admin(is_sample=True)).goto('/start-for-real/')
    check_page(page, 'start-for-real')

    page.get_by_label('Company name').fill('Acme')
    page.get_by_label('Your name').fill('Ada Real')
    page.get_by_label('Your e-mail address').fill('ada@acme.example.org')
    page.get_by_label('Password').fill('short')
    page.get_by_role('button', name='Remove the sample people and start').click()
    page.get_by_role('link', name='Password: This password is too short.').wait_for()
    check_page(page, 'start-for-real-refused')

    page.get_by_label('Password').fill('sunny river stone')
    page.get_by_role('button', name='Remove the sample people and start').click()

    page.get_by_text('This is your site now.').wait_for()
    assert [person.email for person in User.objects.all()] == ['ada@acme.example.org']
