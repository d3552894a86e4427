"""Walking through a comparison: by button, by key where keys are switched on, and by plain links without a script."""

import pytest
from playwright.sync_api import expect

from playbooks.models import Version
from tests.factories import make_playbook, make_user, publish_text

pytestmark = pytest.mark.django_db(transaction=True)

PARAGRAPHS = [f'Paragraph number {number} of this page says {{}}.' for number in range(30)]


@pytest.fixture
def address():
    """A page in which the first, a middle and the last paragraph changed."""
    playbook = make_playbook('launch')
    publish_text(playbook, '\n\n'.join(one.format('little') for one in PARAGRAPHS))
    changed = [one.format('much' if number in {0, 14, 29} else 'little') for number, one in enumerate(PARAGRAPHS)]
    publish_text(playbook, '\n\n'.join(changed))
    assert Version.objects.count() == 2
    return '/playbooks/launch/compare/1/2/'


def focused(page):
    return page.evaluate('document.activeElement.id')


@pytest.mark.parametrize('layout', ['rendered', 'sides', 'markdown', 'markdown-sides'])
def test_next_and_previous_move_the_focus_from_change_to_change_and_say_where_one_is(page, sign_in, address, layout):
    sign_in(page, make_user(shortcuts=True))
    page.goto(f'{address}?layout={layout}')

    page.get_by_role('link', name='Next change').click()
    assert focused(page) == 'c1'
    page.keyboard.press('n')
    assert focused(page) == 'c2'
    page.keyboard.press('n')
    page.keyboard.press('p')
    assert focused(page) == 'c2'

    assert page.locator('#at').text_content() == 'Change 2 of 3'
    expect(page.locator('#say')).to_have_text('Change 2 of 3')  # said after the page has been drawn
    box = page.locator('#c2').bounding_box()
    assert 0 <= box['y'] < 900


def test_keys_do_nothing_until_they_are_switched_on(page, sign_in, address):
    sign_in(page, make_user(shortcuts=False))
    page.goto(address)

    page.keyboard.press('n')

    assert page.locator('#at').text_content() == '3 changes'


def test_without_a_script_the_links_of_a_change_lead_to_those_beside_it(new_page, sign_in, address):
    page = new_page(java_script_enabled=False)
    sign_in(page, make_user())
    page.goto(address)

    page.get_by_role('link', name='Next change').click()
    page.locator('#c1').get_by_role('link', name='Next').click()

    assert page.url.endswith('#c2')
