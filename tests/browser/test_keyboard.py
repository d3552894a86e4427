"""The main job by keyboard alone: the focus is always to be seen, and stays where one works."""

import pytest
from playwright.sync_api import expect

from tests.factories import make_enrollment, make_playbook, make_track

from .walking import PASSWORD, TRACK, go, person_with_password, sign_in_by_form

pytestmark = pytest.mark.django_db(transaction=True)

BRIEF = 'Hand in your first brief'
FOCUSED = """() => {
    const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
    const label = at.labels?.[0]?.textContent ?? '';
    return {
        name: (at.getAttribute('aria-label') ?? (label || at.textContent)).replace(/\\s+/g, ' ').trim(),
        role: at.tagName,
        seen: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none',
        on_screen: box.bottom > 0 && box.top < innerHeight && box.width > 0,
    };
}"""


@pytest.fixture
def begun():
    manager = person_with_password('Ingrid Solberg', email='manager@example.com')
    maya = person_with_password('Maya Okafor', email='maya@example.com', reports_to=manager)
    make_playbook('how-we-prioritize', text='Reach × impact.\n')
    return make_enrollment(person=maya, manager=manager, track=make_track('first-weeks', text=TRACK))


def tab_to(page, name, *, key='Tab', most=90):
    """Press Tab until something of this name has the focus; whatever has it on the way can be seen."""
    passed = []
    for _ in range(most):
        page.keyboard.press(key)
        at = page.evaluate(FOCUSED)
        if at['role'] == 'BODY':
            continue
        passed.append(at['name'])
        assert at['seen'], f'The focus on “{at["name"]}” ({at["role"]}) cannot be seen.'
        assert at['on_screen'], f'“{at["name"]}” ({at["role"]}) has the focus out of sight.'
        if at['name'].startswith(name):
            return
    raise AssertionError(f'“{name}” is not reached by {key}: {passed}')


def press(page, name, key='Enter'):
    tab_to(page, name)
    page.keyboard.press(key)


def sign_in_by_keys(page, address):
    page.goto('/')
    tab_to(page, 'Work email')
    page.keyboard.type(address)
    page.keyboard.press('Tab')
    page.keyboard.type(PASSWORD)
    page.keyboard.press('Enter')
    expect(page.get_by_role('button', name='your account')).to_be_visible()


def test_the_skip_link_comes_first_and_leads_past_the_navigation(page, begun):
    sign_in_by_form(page, 'maya@example.com')
    page.goto('/')
    page.keyboard.press('Tab')

    assert page.evaluate(FOCUSED) == {'name': 'Skip to content', 'role': 'A', 'seen': True, 'on_screen': True}
    page.keyboard.press('Enter')
    page.keyboard.press('Tab')
    assert page.evaluate("document.querySelector('#main').contains(document.activeElement)")


def test_the_main_job_is_done_without_a_mouse(new_page, begun):
    pm, manager = new_page(), new_page()
    sign_in_by_keys(pm, 'maya@example.com')
    press(pm, 'My track')
    expect(pm.locator('#track-meta')).to_contain_text('0 of 8')

    press(pm, 'Mark done: Meet the team', key='Space')
    expect(pm.locator('#track-meta')).to_contain_text('1 of 8')
    assert pm.evaluate(FOCUSED)['name'] == 'Mark done: Meet the team'
    expect(pm.locator('#say')).to_contain_text('Done: Meet the team. Undo is available.')
    press(pm, 'Mark done: Set up your tools', key='Enter')
    expect(pm.locator('#track-meta')).to_contain_text('2 of 8')
    assert pm.evaluate(FOCUSED)['name'] == 'Mark done: Set up your tools'
    pm.keyboard.press('Space')
    expect(pm.locator('#track-meta')).to_contain_text('1 of 8')

    press(pm, 'Show 1 item')
    press(pm, BRIEF)
    expect(pm.get_by_role('button', name='Submit to Ingrid Solberg')).to_be_visible()
    assert pm.evaluate(FOCUSED)['name'] == BRIEF, 'The focus left the item when it was opened.'
    tab_to(pm, 'Text')
    pm.keyboard.type('Shops lose shifts.')
    press(pm, 'Submit to Ingrid Solberg')
    expect(pm.locator('#i-first-brief')).to_contain_text('Awaiting sign-off')
    expect(pm.locator('body :focus')).to_have_count(1)  # the focus is not lost

    sign_in_by_keys(manager, 'manager@example.com')
    press(manager, 'Team')
    expect(manager.get_by_role('heading', name='Team ramp-up')).to_be_visible()
    press(manager, f'Review: {BRIEF}, Maya Okafor')
    expect(manager.get_by_text('Shops lose shifts.')).to_be_visible()
    press(manager, 'Sign off')
    expect(manager.locator('#i-first-brief')).to_contain_text('Signed off by you')
    expect(manager.locator('body :focus')).to_have_count(1)  # the focus is not lost


def test_an_item_is_closed_again_where_it_was_opened(page, begun):
    sign_in_by_form(page, 'maya@example.com')
    go(page, 'My track')
    press(page, 'Meet the team')
    expect(page.get_by_text('Coffee with each of them.')).to_be_visible()
    expect(page.locator('.htmx-settling, .htmx-added')).to_have_count(0)

    page.keyboard.press('Enter')
    expect(page.get_by_text('Coffee with each of them.')).to_have_count(0)
    assert page.evaluate(FOCUSED)['name'] == 'Meet the team'


def test_single_keys_do_nothing_until_they_are_switched_on_in_the_profile(page, begun):
    sign_in_by_form(page, 'maya@example.com')
    page.goto('/')
    for key in 'j/?':
        page.keyboard.press(key)
    assert page.evaluate('document.activeElement === document.body')
    expect(page.get_by_role('dialog')).to_have_count(0)

    page.goto('/profile/')
    press(page, 'Use single-key shortcuts', key='Space')
    press(page, 'Save profile')
    expect(page.get_by_text('Profile saved.')).to_be_visible()
    page.goto('/')
    page.keyboard.press('j')
    assert page.evaluate(FOCUSED)['name'].startswith('Mark done: ')
    page.keyboard.press('?')
    expect(page.get_by_role('dialog', name='Keyboard shortcuts')).to_be_visible()
    page.keyboard.press('Escape')
    page.keyboard.press('g')
    page.keyboard.press('p')
    page.wait_for_url('**/playbooks/')
