"""Working through a track in a real browser: ticking, undoing, opening, handing in; with a script and without."""

import pytest
from django.contrib.auth import get_user_model

from playbooks import runs
from tests.factories import make_enrollment, make_playbook

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def enrollment():
    return make_enrollment()


def state(enrollment, key):
    return enrollment.run.items.get(key=key).state


def test_a_tick_is_instant_keeps_the_focus_and_can_be_undone(page, sign_in, enrollment, check_page):
    sign_in(page, enrollment.run.owner).goto(enrollment.get_absolute_url())
    tick = page.get_by_role('button', name='Mark done: Sit in on a call')

    tick.focus()
    page.keyboard.press('Space')
    page.locator('.toast', has_text='Done: Sit in on a call').wait_for()

    assert tick.get_attribute('aria-pressed') == 'true'
    assert tick.evaluate('node => node === document.activeElement')
    assert page.locator('#track-meta').get_by_text('1 of 6').is_visible()
    assert state(enrollment, 'call') == 'done'
    check_page(page, 'track-ticked')

    page.locator('.toast').get_by_role('button', name='Undo').click()
    page.locator('#track-meta').get_by_text('0 of 6').wait_for()
    assert tick.get_attribute('aria-pressed') == 'false'
    assert state(enrollment, 'call') == 'to_do'


def test_a_tick_that_is_not_saved_goes_back(page, sign_in, enrollment):
    sign_in(page, enrollment.run.owner).goto(enrollment.get_absolute_url())
    page.route('**/complete/', lambda route: route.abort())
    tick = page.get_by_role('button', name='Mark done: Sit in on a call')

    tick.click()
    page.locator('.toast', has_text='Not saved').wait_for()

    assert tick.get_attribute('aria-pressed') == 'false'
    assert state(enrollment, 'call') == 'to_do'


def test_work_is_handed_in_sent_back_and_signed_off(new_page, sign_in, enrollment, check_page):
    person = sign_in(new_page(), enrollment.run.owner)
    person.goto(enrollment.get_absolute_url())
    person.get_by_text('Show 4 items').click()
    person.get_by_role('link', name='Hand in three notes', exact=True).click()
    person.get_by_label('Text').fill('What they said.')
    person.get_by_role('button', name='Submit to Priya Nair').click()
    person.locator('#i-notes').get_by_text('Awaiting sign-off').wait_for()

    buddy = sign_in(new_page(), get_user_model().objects.get(name='Priya Nair'))
    buddy.goto('/')
    check_page(buddy, 'today-of-a-signer')
    buddy.get_by_role('link', name='Review').click()
    buddy.get_by_text('Ask for changes').first.click()
    buddy.get_by_label('What should change').fill('Add the consent line.')
    buddy.get_by_role('button', name='Ask for changes').click()
    buddy.locator('#i-notes').get_by_text('Changes asked by Priya Nair').wait_for()
    check_page(buddy, 'item-changes-asked')

    person.goto('/')
    check_page(person, 'today-changes-asked')
    person.get_by_role('link', name='Fix and resubmit').click()
    person.get_by_role('button', name='Resubmit to Priya Nair').click()
    person.locator('#i-notes').get_by_text('Awaiting sign-off').wait_for()
    assert state(enrollment, 'notes') == 'awaiting'


def test_an_item_on_its_own_page_and_one_opened_on_the_track_are_accessible(page, sign_in, enrollment, check_page):
    sign_in(page, enrollment.run.owner).goto(f'{enrollment.get_absolute_url()}items/notes/')
    check_page(page, 'item-to-hand-in')

    page.goto(enrollment.get_absolute_url())
    page.get_by_role('link', name='Sit in on a call', exact=True).click()
    page.get_by_role('button', name='Post comment').wait_for()
    check_page(page, 'track-item-open')


def test_everything_works_without_a_script(new_page, sign_in, enrollment):
    page = sign_in(new_page(java_script_enabled=False), enrollment.run.owner)
    page.goto(enrollment.get_absolute_url())

    page.get_by_role('button', name='Mark done: Sit in on a call').click()
    assert page.get_by_role('button', name='Mark done: Sit in on a call').get_attribute('aria-pressed') == 'true'
    page.get_by_role('button', name='Undo', exact=True).click()
    assert state(enrollment, 'call') == 'to_do'

    page.get_by_text('Show 4 items').click()
    page.get_by_role('link', name='Hand in three notes', exact=True).click()
    page.get_by_label('Link').fill('nonsense')
    page.get_by_role('button', name='Submit to Priya Nair').click()
    assert page.get_by_text('Enter a whole address').is_visible()
    page.get_by_label('Link').fill('https://example.com/notes')
    page.get_by_role('button', name='Submit to Priya Nair').click()
    assert page.get_by_text('Awaiting sign-off').is_visible()


def test_a_launch_is_ticked_where_it_stands(page, sign_in, enrollment, check_page):
    owner = enrollment.run.owner
    launch = runs.start_run(
        version=make_playbook(versions=1).current_version, owner=owner, by=owner, name='Quiet hours',
        anchor_on=enrollment.run.anchor_on,
    )  # fmt: skip
    sign_in(page, owner).goto(launch.get_absolute_url())

    page.get_by_role('button', name='Mark done: Write the promise').click()
    page.locator('#tally').get_by_text('1 of 2').wait_for()

    assert page.get_by_role('button', name='Mark done: Rehearse the rollback').is_visible()
    check_page(page, 'run')
