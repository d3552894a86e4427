"""The library in a browser: filters act at once, bring a type's own columns and filters, and take them away again."""

import pytest
from playwright.sync_api import expect

from tests.factories import make_kind, make_playbook, make_user, publish_text

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = [
    {'name': 'status', 'label': 'Status', 'type': 'choice', 'choices': ['On trial', 'Adopted']},
    {'name': 'cost', 'label': 'Cost', 'type': 'number'},
]


def test_a_type_brings_its_columns_filters_and_orders_and_takes_them_along(page, sign_in):
    make_kind('tool', fields=FIELDS)
    make_playbook('guide-to-all', text='Guide.\n')
    for slug, status, cost in (('axe', 'Adopted', 900), ('bow', 'On trial', 1200), ('cup', 'Adopted', 30)):
        publish_text(make_playbook(slug, kind='tool'), 'Text.\n', fields={'status': status, 'cost': cost})
    sign_in(page, make_user('Rita Reader'))
    page.goto('/playbooks/')
    names, heading = page.locator('tbody#rows th a'), page.get_by_role('columnheader', name='Cost')
    expect(names).to_have_text(['Axe', 'Bow', 'Cup', 'Guide to all'])

    page.get_by_label('Tool').check()
    expect(heading).to_be_visible()
    page.get_by_label('Adopted').check()
    expect(names).to_have_text(['Axe', 'Cup'])
    page.get_by_label('Sort by').select_option(label='Cost, lowest first')
    expect(names).to_have_text(['Cup', 'Axe'])
    page.get_by_label('From').fill('100')
    page.get_by_label('From').press('Enter')
    expect(names).to_have_text(['Axe'])

    page.reload()
    expect(names).to_have_text(['Axe'])
    expect(page.get_by_label('Adopted')).to_be_checked()
    expect(page.get_by_label('Sort by')).to_have_value('f-cost')

    page.get_by_label('Tool').uncheck()
    expect(names).to_have_text(['Axe', 'Bow', 'Cup', 'Guide to all'])
    expect(heading).to_have_count(0)
    expect(page.get_by_label('Adopted')).to_have_count(0)
    expect(page.get_by_role('status').filter(has_text='left out')).to_have_count(0)
