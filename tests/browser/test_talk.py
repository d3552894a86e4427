"""Asking at an item by keyboard, the answer that stands there for the next one, and the menu in place of a page."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import make_enrollment, make_playbook, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people():
    owner, starter = make_user('Olga Owner'), make_user('Maya Okafor')
    make_enrollment(person=starter, manager=make_user('Ingrid Solberg'), buddy=make_user('Priya Nair'))
    make_playbook('launch', versions=1, owner=owner)
    return {'owner': owner, 'starter': starter, 'reader': make_user('Rita Reader')}


def test_a_question_asked_by_keyboard_is_answered_and_read_by_the_next_one_without_the_name(
    new_page, sign_in, people, check_page
):
    maya = sign_in(new_page(), people['starter'])
    maya.goto('/playbooks/launch/')
    maya.get_by_role('link', name='Ask or report about “Write the promise”').focus()
    maya.keyboard.press('Enter')
    menu = maya.get_by_role('group', name='Ask or report about “Write the promise”')
    expect(menu).to_be_visible()
    expect(menu.get_by_role('link', name='Ask', exact=True)).to_be_focused()
    maya.keyboard.press('Escape')
    expect(menu).to_be_hidden()
    expect(maya.get_by_role('link', name='Ask or report about “Write the promise”')).to_be_focused()
    maya.keyboard.press('Enter')
    check_page(maya, 'ask-menu')
    maya.keyboard.press('Escape')
    maya.keyboard.press('Enter')
    maya.keyboard.press('Enter')
    expect(maya.get_by_text('It goes to Olga Owner, Priya Nair.')).to_be_visible()
    check_page(maya, 'say')
    maya.get_by_label('Your question').focus()
    maya.keyboard.type('Which release is the next one?')
    maya.keyboard.press('Tab')
    maya.keyboard.press('Enter')
    expect(maya).to_have_url(re.compile(r'/playbooks/launch/#i-promise$'))
    expect(maya.get_by_text('Asked. You hear of the answer.').first).to_be_in_viewport()

    olga = sign_in(new_page(), people['owner'])
    olga.goto('/')
    olga.get_by_role('link', name=re.compile('^Answer')).click()
    olga.get_by_label('Your reply').fill('The one in the calendar.')
    olga.get_by_role('button', name='Post answer').click()
    olga.get_by_role('button', name='Let it stand on the page').click()
    expect(olga.get_by_text('Stands on the page', exact=True)).to_be_visible()
    check_page(olga, 'thread')

    rita = sign_in(new_page(), people['reader'])
    rita.goto('/playbooks/launch/')
    item = rita.locator('#i-promise')
    item.get_by_text('Asked before: Which release is the next one?').click()
    expect(item.get_by_text('The one in the calendar.')).to_be_visible()
    assert 'Maya' not in rita.content()
    check_page(rita, 'asked-before')


def test_suggesting_a_change_leads_to_the_line_in_the_editor(page, sign_in, people):
    sign_in(page, people['reader'])
    page.goto('/playbooks/launch/')

    page.locator('#s-after').hover()
    page.locator('#s-after .say').click()
    page.get_by_role('group', name='Ask or report about “After”').get_by_role('link', name='Suggest a change').click()

    expect(page).to_have_url(re.compile(r'/playbooks/launch/edit/#line-8$'))
