"""The main job from end to end, as the four people do it who have a part in it. Source: issue 2, section 8."""

import re

import pytest
from playwright.sync_api import expect

from playbooks.integrity import check_all
from playbooks.starter import load_starter_content
from tests.factories import make_enrollment, make_playbook, make_track

from .walking import PASSWORD, REVISED, TRACK, go, item, last_working_day, link_in, mails_to, person_with_password
from .walking import sign_in_by_form as sign_in_as

pytestmark = pytest.mark.django_db(transaction=True)

BRIEF = 'Hand in your first brief'


@pytest.fixture
def people():
    """Ops, a manager with nobody below her yet but the buddy, and a site with the starter content's types."""
    load_starter_content()
    ops = person_with_password('Daniel Weiss', email='ops@example.com', groups=('Editors',))
    manager = person_with_password('Ingrid Solberg', email='manager@example.com')
    buddy = person_with_password('Priya Nair', email='buddy@example.com', reports_to=manager)
    return ops, manager, buddy


def test_ops_publishes_a_manager_starts_somebody_and_they_work_through_it(new_page, people, screenshot, tmp_path):
    ops, manager, pm, buddy = new_page(), new_page(), new_page(), new_page()

    ops_publishes_a_playbook(ops, screenshot)
    ops_publishes_a_track(ops)
    manager_adds_a_starter(manager, screenshot)
    pm_sets_a_password(pm, screenshot)
    pm_ticks_and_undoes(pm, screenshot)
    pm_reads(pm, screenshot)
    pm_hands_in(pm, tmp_path, screenshot)
    manager_asks_for_changes(manager, screenshot)
    pm_resubmits(pm)
    manager_signs_off(manager)
    pm_is_told(pm)
    pm_waits_for_somebody(pm)
    manager_excuses(manager)
    buddy_does_theirs(buddy, screenshot)
    ops_publishes_version_2(ops, screenshot)
    pm_sees_what_became_of_each_item(pm, screenshot)
    pm_undoes_the_move(pm)
    assert check_all() == []


def ops_publishes_a_playbook(page, screenshot):
    sign_in_as(page, 'ops@example.com')
    go(page, 'Playbooks')
    page.get_by_role('link', name='New playbook').click()
    page.get_by_role('link', name='Ritual', exact=True).click()
    page.get_by_label('Title').fill('How we prioritize')
    page.get_by_role('button', name='Start writing').click()

    text = page.get_by_label('Text, in Markdown')
    expect(text).to_have_value(re.compile('What do we have after each session'))
    text.fill(text.input_value() + '\n## A worked example\n\nReach 400, impact 2, confidence **80 %**.\n')
    expect(page.locator('#preview').get_by_role('heading', name='A worked example')).to_be_visible()
    expect(page.locator('#preview strong', has_text='80 %')).to_be_visible()
    screenshot(page, 'walk-01-writing')

    page.get_by_role('button', name='Publish …').click()
    expect(page.get_by_role('heading', level=1)).to_have_text('Publish version 1')
    page.get_by_role('button', name='Publish v1').click()
    expect(page.get_by_text('Published version 1.')).to_be_visible()
    expect(page.get_by_role('heading', level=1)).to_have_text('How we prioritize')
    expect(page.locator('.prose').get_by_role('heading', name='A worked example')).to_be_visible()
    screenshot(page, 'walk-02-published')


def ops_publishes_a_track(page):
    page.goto('/playbooks/new/?kind=onboarding-track')
    page.get_by_label('Title').fill('New product manager: first weeks')
    page.get_by_role('button', name='Start writing').click()
    page.get_by_label('Text, in Markdown').fill(TRACK)
    page.get_by_role('button', name='Publish …').click()
    page.get_by_role('button', name='Publish v1').click()
    expect(page.get_by_text('Published version 1.')).to_be_visible()
    expect(page.get_by_role('link', name='How we prioritize', exact=True)).to_be_visible()


def manager_adds_a_starter(page, screenshot):
    sign_in_as(page, 'manager@example.com')
    go(page, 'Team')
    expect(page.get_by_text('Nobody below you is in their onboarding.')).to_be_visible()
    page.get_by_role('link', name='Add a new starter').first.click()
    page.get_by_label('Name').fill('Maya Okafor')
    page.get_by_label('E-mail address').fill('maya@example.com')
    page.get_by_label('Buddy').select_option('Priya Nair')
    page.get_by_label('Track').select_option('New product manager: first weeks')
    page.get_by_label('First day').fill(last_working_day().isoformat())
    screenshot(page, 'walk-03-new-starter')
    page.get_by_role('button', name='Start onboarding').click()

    expect(page.get_by_text('A link to set a password goes to maya@example.com.')).to_be_visible()
    expect(page.locator('#track-meta')).to_contain_text('0 of 8')
    expect(page.get_by_role('complementary')).to_contain_text('Priya Nair')


def pm_sets_a_password(page, screenshot):
    (invitation,) = mails_to('maya@example.com')
    assert 'Ingrid Solberg has added you to Rampbook' in invitation.get_content()
    link = link_in(invitation)
    page.goto(link)
    expect(page.get_by_role('heading', level=1)).to_have_text('Set your password')
    for field in page.locator('input[type=password]').all():
        field.fill(PASSWORD)
    page.get_by_role('button', name='Set password').click()
    if not page.get_by_role('button', name='your account').is_visible():
        sign_in_as(page, 'maya@example.com')
    page.goto('/')
    expect(page.get_by_role('heading', level=1)).to_have_text(re.compile(r'Day \d of your first \d+ working days'))
    expect(page.locator('.item', has_text='Meet the team')).to_be_visible()
    expect(page.get_by_role('complementary')).to_contain_text('Ingrid Solberg')
    screenshot(page, 'walk-04-today')
    page.context.clear_cookies()
    page.goto(link)
    expect(page.get_by_role('heading', level=1)).to_have_text('This link no longer works')
    sign_in_as(page, 'maya@example.com')


def pm_ticks_and_undoes(page, screenshot):
    page.get_by_role('link', name='Whole track').click()
    for text, done in (('Meet the team', 1), ('Set up your tools', 2), ('Order a badge', 3)):
        tick = page.get_by_role('button', name=f'Mark done: {text}', exact=True)
        tick.click()
        expect(tick).to_have_attribute('aria-pressed', 'true')
        expect(page.locator('.toast', has_text=f'Done: {text}')).to_be_visible()
        expect(page.locator('#track-meta')).to_contain_text(f'{done} of 8')
    screenshot(page, 'walk-05-ticked')

    page.locator('.toast', has_text='Done: Order a badge').get_by_role('button', name='Undo').click()
    expect(page.locator('#track-meta')).to_contain_text('2 of 8')
    expect(page.get_by_role('button', name='Mark done: Order a badge')).to_have_attribute('aria-pressed', 'false')
    page.reload()
    expect(page.locator('#track-meta')).to_contain_text('2 of 8')
    page.get_by_role('button', name='Mark done: Order a badge').click()
    expect(page.locator('#track-meta')).to_contain_text('3 of 8')


def pm_reads(page, screenshot):
    item(page, 'Read How we prioritize').get_by_role('link', name='Read it').click()
    expect(page.get_by_role('heading', level=1)).to_have_text('How we prioritize')
    screenshot(page, 'walk-06-reading')
    page.get_by_role('button', name='I have read v1').click()
    expect(page.get_by_role('heading', name='You have read this')).to_be_visible()

    go(page, 'My track')
    expect(page.locator('#track-meta')).to_contain_text('4 of 8')
    expect(item(page, 'Read How we prioritize')).to_have_class(re.compile(r'\bdone\b'))


def pm_hands_in(page, tmp_path, screenshot):
    unfold(page)
    item(page, BRIEF).get_by_role('link', name=BRIEF, exact=True).click()
    row = item(page, BRIEF)
    row.get_by_label('Text').fill('Shops lose shifts because nobody sees the change.')
    row.get_by_role('button', name='Add, submit later').click()
    expect(row.get_by_text('Shops lose shifts')).to_be_visible()
    expect(row.get_by_text('Awaiting sign-off')).to_have_count(0)

    notes = tmp_path / 'interviews.txt'
    notes.write_text('Six shops, six stories.\n')
    row.get_by_label('Link').fill('https://example.com/brief')
    row.get_by_label('File').set_input_files(notes)
    screenshot(page, 'walk-07-handing-in')
    row.get_by_role('button', name='Submit to Ingrid Solberg').click()
    expect(row.get_by_text('Awaiting sign-off')).to_be_visible()
    expect(page.locator('.toast', has_text=f'Sent for sign-off: {BRIEF}')).to_be_visible()
    page.goto('/')
    waiting = page.get_by_role('region', name='Waiting for someone')
    expect(waiting.locator('.item', has_text=BRIEF)).to_contain_text('With Ingrid Solberg')


def unfold(page):
    """Open the phases that are folded."""
    folded = page.locator('details:not([open]) > summary').filter(has_text=re.compile(r'^Show \d'))
    while folded.count():
        folded.first.click()


def manager_asks_for_changes(page, screenshot):
    assert mails_to('manager@example.com')[-1]['Subject'].startswith('Maya Okafor')
    go(page, 'Team')
    expect(page.get_by_role('table').get_by_role('row', name=re.compile('Maya Okafor'))).to_contain_text('4 of')
    expect(page.get_by_role('region', name='Waiting for your sign-off')).to_contain_text('1 file')
    screenshot(page, 'walk-08-team')

    page.get_by_role('link', name=f'Review: {BRIEF}, Maya Okafor').click()
    expect(page.get_by_text('Shops lose shifts')).to_be_visible()
    expect(page.get_by_role('link', name='https://example.com/brief')).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role('link', name='interviews.txt').click()
    assert download.value.suggested_filename == 'interviews.txt'
    page.get_by_text('Ask for changes').first.click()
    page.get_by_label('What should change').fill('Say what we would not build.')
    page.get_by_role('button', name='Ask for changes').click()
    expect(page.get_by_text('Changes asked by', exact=False).first).to_be_visible()
    screenshot(page, 'walk-09-changes-asked')


def pm_resubmits(page):
    assert 'Say what we would not build.' in mails_to('maya@example.com')[-1].get_content()
    page.goto('/')
    row = page.locator('.item', has_text=BRIEF)
    expect(row).to_contain_text('Ingrid Solberg: “Say what we would not build.”')
    row.get_by_role('link', name='Fix and resubmit').click()
    page.get_by_label('Text').fill('We would not build a chat.')
    page.get_by_role('button', name='Resubmit to Ingrid Solberg').click()
    expect(page.get_by_text('Awaiting sign-off')).to_be_visible()


def manager_signs_off(page):
    """From the page of the team it takes two clicks."""
    go(page, 'Team')
    page.get_by_role('link', name=f'Review: {BRIEF}, Maya Okafor').click()
    page.get_by_role('button', name='Sign off').click()
    expect(page.locator('.item')).to_contain_text('Signed off by you')
    go(page, 'Team')
    expect(page.get_by_text('Nobody is waiting for you.')).to_be_visible()


def pm_is_told(page):
    assert BRIEF in mails_to('maya@example.com')[-1].get_content()
    go(page, 'My track')
    expect(page.locator('#track-meta')).to_contain_text('5 of 8')
    expect(item(page, BRIEF)).to_contain_text('Signed off by Ingrid Solberg')


def pm_waits_for_somebody(page):
    item(page, 'Get the analytics account').get_by_role('link', name='Get the analytics account').click()
    row = item(page, 'Get the analytics account')
    row.get_by_text('Waiting for somebody').click()
    row.get_by_label('Whom it waits for').select_option('Priya Nair')
    row.get_by_role('button', name='Wait for them').click()
    expect(row).to_contain_text('Waiting for Priya Nair since')
    page.goto('/')
    expect(page.get_by_role('region', name='Waiting for someone')).to_contain_text('Get the analytics account')


def manager_excuses(page):
    page.get_by_role('link', name='Maya Okafor').first.click()
    expect(page.get_by_role('region', name='Waiting for somebody')).to_contain_text('Get the analytics account')
    page.get_by_role('link', name='Open the track').click()
    old_plan = "Walk through last year's plan"
    item(page, old_plan).get_by_role('link', name=old_plan).click()
    row = item(page, old_plan)
    row.get_by_text('Excuse from this').first.click()
    row.get_by_label('Reason').select_option('already_knows')
    row.get_by_label('In words').fill('She wrote that plan.')
    row.get_by_role('button', name='Excuse from this').click()
    expect(row).to_contain_text('Excused by you: She wrote that plan.')
    expect(page.locator('#track-meta')).to_contain_text('6 of 8')


def buddy_does_theirs(page, screenshot):
    sign_in_as(page, 'buddy@example.com')
    row = page.locator('.item', has_text='Show them around')
    expect(row).to_contain_text('yours, as buddy')
    expect(row).to_contain_text('Maya Okafor')
    screenshot(page, 'walk-10-buddy')
    page.get_by_role('button', name='Mark done: Show them around').click()
    expect(page.locator('.toast', has_text='Done: Show them around')).to_be_visible()


def ops_publishes_version_2(page, screenshot):
    page.goto('/playbooks/new-product-manager-first-weeks/edit/')
    page.get_by_label('Text, in Markdown').fill(REVISED)
    page.get_by_role('button', name='Publish …').click()
    expect(page.get_by_role('heading', level=1)).to_have_text('Publish version 2')
    impact = page.locator('#impact')
    impact.get_by_text('What it does to each').click()
    expect(impact).to_contain_text('Maya Okafor, v1: one new item')
    expect(page.get_by_role('heading', name='2 items read differently now')).to_be_visible()

    page.get_by_label('What changed, and why').fill('Design joined the team; badges come by mail.')
    page.get_by_role('group', name='“Meet the team”: is it still the same task?').get_by_label(
        'The task changed'
    ).check()
    page.get_by_label('Why, for those who have done it').fill('Design is part of the team now.')
    screenshot(page, 'walk-11-impact')
    page.get_by_role('button', name='Publish v2').click()
    expect(page.get_by_text('Published version 2.')).to_be_visible()


def pm_sees_what_became_of_each_item(page, screenshot):
    page.goto('/')
    row = page.locator('.item', has_text='Meet the team')
    expect(row).to_contain_text('Changed: Design is part of the team now.')
    go(page, 'My track')
    unfold(page)
    moved = page.get_by_role('region', name='Moved to a new version')
    expect(moved).to_contain_text('Moved from v1 to v2')
    expect(moved).to_contain_text('Daniel Weiss: “Design joined the team; badges come by mail.”')
    expect(page.locator('#track-meta')).to_contain_text('6 of 8, 1 added since you started')
    expect(item(page, 'Meet the team')).to_contain_text('Changed, please check again')
    expect(item(page, 'Set up all of your tools')).to_contain_text('kept')
    expect(item(page, 'Set up all of your tools')).to_contain_text('done on v1')
    expect(item(page, BRIEF)).to_contain_text('kept')
    expect(item(page, 'Sit in on a support call')).to_contain_text('added in v2')
    expect(item(page, 'Order a badge')).to_contain_text('no longer asked')
    expect(item(page, 'Order a badge')).to_contain_text('done on v1')
    screenshot(page, 'walk-12-moved')

    moved.get_by_role('link', name='See what changed from v1 to v2').click()
    expect(page.locator('ins', has_text='design included').first).to_be_visible()
    page.go_back()
    item(page, 'Meet the team').get_by_role('link', name='Check again').click()
    page.get_by_role('button', name='It still holds').click()
    expect(page.locator('.item')).to_contain_text('kept')
    expect(page.get_by_text('please check again')).to_have_count(0)


def pm_undoes_the_move(page):
    go(page, 'My track')
    page.get_by_role('button', name='Undo the move').click()
    expect(page.get_by_role('region', name='Moved to a new version')).to_have_count(0)
    expect(page.locator('#track-meta')).to_contain_text('v1')
    expect(item(page, 'Order a badge')).to_be_visible()
    expect(page.get_by_text('Sit in on a support call')).to_have_count(0)
    expect(item(page, 'Set up your tools')).to_have_class(re.compile(r'\bdone\b'))


@pytest.fixture
def begun():
    """Maya, begun on the track, with a playbook to read; everybody signs in by password."""
    manager = person_with_password('Ingrid Solberg', email='manager@example.com')
    maya = person_with_password('Maya Okafor', email='maya@example.com', reports_to=manager)
    make_playbook('how-we-prioritize', text='Reach × impact.\n')
    return make_enrollment(person=maya, manager=manager, track=make_track('first-weeks', text=TRACK))


def test_without_a_script_the_same_work_is_done(new_page, begun, tmp_path):
    pm, manager = new_page(java_script_enabled=False), new_page(java_script_enabled=False)
    sign_in_as(pm, 'maya@example.com')
    go(pm, 'My track')
    pm.get_by_role('button', name='Mark done: Meet the team').click()
    expect(pm.locator('.flashes')).to_contain_text('Done: Meet the team')
    expect(pm.locator('#track-meta')).to_contain_text('1 of 8')
    pm.locator('.flashes').get_by_role('button', name='Undo').click()
    expect(pm.locator('#track-meta')).to_contain_text('0 of 8')
    pm.get_by_role('button', name='Mark done: Meet the team').click()

    item(pm, 'Read How we prioritize').get_by_role('link', name='Read it').click()
    pm.get_by_role('button', name='I have read v1').click()
    expect(pm.get_by_role('heading', name='You have read this')).to_be_visible()

    go(pm, 'My track')
    expect(pm.locator('#track-meta')).to_contain_text('2 of 8')
    unfold(pm)
    item(pm, BRIEF).get_by_role('link', name=BRIEF, exact=True).click()
    pm.get_by_role('button', name='Submit to Ingrid Solberg').click()
    expect(pm.get_by_role('alert')).to_contain_text('Hand in a text, a link or a file.')
    brief = tmp_path / 'brief.txt'
    brief.write_text('Shops lose shifts.')
    pm.get_by_label('Text').fill('In the file.')
    pm.get_by_label('File').set_input_files(brief)
    pm.get_by_role('button', name='Submit to Ingrid Solberg').click()
    expect(pm.locator('.item')).to_contain_text('Awaiting sign-off')

    sign_in_as(manager, 'manager@example.com')
    go(manager, 'Team')
    manager.get_by_role('link', name=f'Review: {BRIEF}, Maya Okafor').click()
    expect(manager.get_by_role('link', name='brief.txt')).to_be_visible()
    manager.get_by_role('button', name='Sign off').click()
    expect(manager.locator('.item')).to_contain_text('Signed off by you')
    go(pm, 'My track')
    expect(pm.locator('#track-meta')).to_contain_text('3 of 8')
    assert check_all() == []
