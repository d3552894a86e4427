"""Writing and publishing in a real browser: preview and saving while typing, two tabs, the publish step."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from playbooks import runs
from playbooks.drafts import save_draft, start_draft
from playbooks.models import Draft, Expectation, Playbook, Run, Schedule
from tests.factories import CHECKLIST, make_editor, make_kind, make_playbook, make_user, publish_text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def editor():
    return make_editor('Priya Raman')


@pytest.fixture
def launch(editor):
    make_kind(
        'launch-checklist', fields=[{'name': 'tier', 'label': 'Tier', 'type': 'choice', 'choices': ['One', 'Two']}]
    )
    return make_playbook('launch', text=CHECKLIST, kind='launch-checklist', owner=editor)


@pytest.fixture
def write(page, sign_in, editor, launch):
    sign_in(page, editor)
    page.goto('/playbooks/launch/edit/')
    return page


def test_the_preview_follows_and_the_draft_saves_itself(write, launch, check_page):
    write.get_by_label('Text, in Markdown').fill('## Week one\n\n- [ ] Call a customer {due=soon}\n')

    expect(write.locator('#s-week-one')).to_be_visible()
    expect(write.locator('#draft-status')).to_contain_text('Draft saved', timeout=8000)
    assert Draft.objects.get().text == '## Week one\n\n- [ ] Call a customer {due=soon}\n'
    write.get_by_role('link', name='Line 3').click()
    assert write.evaluate('document.getSelection().toString() || document.activeElement.id') in {
        'id_text',
        '- [ ] Call a customer {due=soon}',
    }
    check_page(write, 'playbook-edit')


def test_the_toolbar_writes_markdown_and_is_one_stop_for_the_tab_key(write):
    text = write.get_by_label('Text, in Markdown')
    text.fill('a word')
    text.evaluate('field => field.setSelectionRange(2, 6)')

    write.get_by_role('button', name='Bold').click()
    assert text.input_value() == 'a **word**'
    write.get_by_role('button', name='Make checklist items').click()
    expect(text).to_have_value('- [ ] a **word**')
    write.get_by_role('button', name='Bold').focus()
    write.keyboard.press('ArrowRight')
    expect(write.get_by_role('button', name='Italic')).to_be_focused()
    write.keyboard.press('Control+z')


def test_two_editors_collide_and_both_are_in_the_published_text(new_page, sign_in, editor, launch, check_page):
    """What fits goes together by itself, the rest is settled, and nobody publishes over anybody."""
    first, second = new_page(), new_page()
    sign_in(first, editor)
    sign_in(second, make_editor('Wen Zhao'))
    for page in (first, second):
        page.goto('/playbooks/launch/edit/')
    mine = CHECKLIST.replace('every release', 'each release').replace('## After', '## Afterwards')
    theirs = CHECKLIST.replace('every release', 'any release').replace('Compare with', 'Hold it against')

    second.get_by_label('Text, in Markdown').fill(theirs)
    second.get_by_role('button', name='Publish …').click()
    second.get_by_label('What changed, and why').fill('Any release, and it is held against the promise.')
    second.get_by_role('button', name='Publish v2').click()
    second.wait_for_url('**/playbooks/launch/')
    first.get_by_label('Text, in Markdown').fill(mine)
    first.get_by_role('button', name='Publish …').click()
    expect(first.get_by_text('Version 2 was published while you were writing')).to_be_visible()
    first.get_by_role('link', name='Bring both together').click()
    expect(first.get_by_role('heading', level=1)).to_have_text('Your text and version 2')
    check_page(first, 'merge')
    first.get_by_role('button', name='Save and go to publishing').click()
    expect(first.locator('.errors')).to_be_focused()
    expect(first.get_by_label('What you write')).to_be_hidden()
    first.get_by_label('Write it anew').check()
    first.get_by_label('What you write').fill('Use this for each and any release.')
    check_page(first, 'merge-errors')
    first.get_by_role('button', name='Save and go to publishing').click()
    first.get_by_label('What changed, and why').fill('Each and any.')
    first.get_by_role('button', name='Publish v3').click()
    first.wait_for_url('**/playbooks/launch/')

    published = Playbook.objects.select_related('current_version').get().current_version
    assert published.number == 3
    for line in ('Use this for each and any release.', '## Afterwards', 'Hold it against the promise'):
        assert line in published.text


def test_two_tabs_of_one_draft_keep_what_both_wrote(write, editor, launch, check_page):
    loaded = Playbook.objects.select_related('kind', 'current_version').get()
    draft = start_draft(playbook=loaded, author=editor)
    save_draft(
        draft=draft,
        title='Launch',
        text=CHECKLIST.replace('every release', 'each release'),
        fields={},
        shown_revision=1,
    )

    write.get_by_label('Text, in Markdown').fill(CHECKLIST.replace('every release', 'any release') + '\nThe end.\n')

    expect(write.locator('#draft-status')).to_contain_text('saved in another tab', timeout=8000)
    write.get_by_role('button', name='Bring both together').click()
    expect(write.get_by_role('heading', level=1)).to_have_text('What you wrote here and what was saved')
    check_page(write, 'merge-two-tabs')
    write.get_by_label('Keep both, mine first').check()
    write.get_by_role('button', name='Save as my draft').click()
    expect(write.get_by_role('status').first).to_contain_text('Draft saved, with both in it.')
    text = Draft.objects.get().text
    assert [line in text for line in ('any release', 'each release', 'The end.')] == [True] * 3


def test_a_newer_version_leads_to_where_both_are_brought_together(write, editor, launch, check_page):
    loaded = Playbook.objects.select_related('kind', 'current_version').get()
    draft = start_draft(playbook=loaded, author=editor)
    save_draft(draft=draft, title='Launch', text=CHECKLIST + '\nMine.\n', fields={}, shown_revision=1)
    publish_text(launch, 'Theirs.\n\n' + CHECKLIST, note='Status page moves.', title='Launch')

    write.reload()

    expect(write.get_by_text('Version 2 was published while you were writing')).to_be_visible()
    check_page(write, 'playbook-edit-newer')
    write.get_by_role('link', name='Bring both together').click()
    write.get_by_role('button', name='Save and go on writing').click()
    expect(write.get_by_text('Based on v2')).to_be_visible()


def test_publishing_shows_whom_it_concerns_and_asks_only_what_the_change_raises(write, editor, launch, check_page):
    for name in ('Maya Okafor', 'Jonas Lindqvist'):
        person = make_user(name)
        options = {'anchor_on': date(2026, 12, 1), 'by': person, 'name': f'Dockside by {name}'}
        doing = runs.start_run(version=launch.current_version, owner=person, **options)
        runs.complete(run=doing, key='promise', by=person, shown_number=1)
    text = CHECKLIST.replace('Write the promise', 'Write the promise and its price') + '- [ ] Thank everybody\n'
    write.get_by_label('Text, in Markdown').fill(text)

    write.get_by_role('button', name='Publish …').click()

    expect(write.get_by_role('heading', level=1)).to_have_text('Publish version 2')
    check_page(write, 'playbook-publish')
    write.get_by_role('button', name='Publish v2').click()
    expect(write.locator('.errors')).to_be_focused()
    check_page(write, 'playbook-publish-errors')
    write.get_by_label('What changed, and why').fill('It has a price now.')
    write.get_by_label('The task changed').check()
    write.get_by_label('Move all of them').check()
    write.get_by_role('button', name='Publish v2').click()
    write.wait_for_url('**/playbooks/launch/')
    assert Run.objects.filter(version__number=2).count() == 2


def test_a_typo_costs_one_field_and_one_click(write, check_page):
    text = write.get_by_label('Text, in Markdown')
    text.fill(text.input_value().replace('every release', 'each release'))
    write.get_by_role('button', name='Publish …').click()
    write.wait_for_url('**/publish/')

    fields = write.locator('main :is(input, textarea, select):visible')
    assert [fields.nth(at).get_attribute('name') for at in range(fields.count())] == ['note']
    check_page(write, 'playbook-publish-typo')
    write.get_by_label('What changed, and why').fill('A typo.')
    write.get_by_role('button', name='Publish v2').click()

    write.wait_for_url('**/playbooks/launch/')
    version = Playbook.objects.select_related('current_version').get().current_version
    assert (version.number, version.weight, version.note) == (2, 'editorial', 'A typo.')


def test_publishing_later_is_said_wherever_the_page_is_written_and_can_be_taken_back(write, editor, check_page):
    text = write.get_by_label('Text, in Markdown')
    text.fill(text.input_value() + '\nFrom February on there is a second rehearsal, and it is led by support.\n')
    write.get_by_role('button', name='Publish …').click()
    write.get_by_label('What changed, and why').fill('A second rehearsal.')
    write.get_by_text('Look later whether it helped, or publish it later').click()
    write.get_by_label('What should get better by this?').fill('Fewer are stopped')
    write.get_by_label('By what one sees it').select_option('stopped')
    check_page(write, 'playbook-publish-later')
    write.get_by_label('Day', exact=True).fill((timezone.localdate() + timedelta(days=60)).isoformat())
    write.get_by_label('Time', exact=True).fill('09:00')
    write.get_by_role('button', name='Publish then').click()

    expect(write.get_by_text('This draft is published')).to_be_visible()
    check_page(write, 'playbook-edit-scheduled')
    assert Schedule.objects.get().answers['expects']['text'] == 'Fewer are stopped'
    write.get_by_role('button', name='Do not publish it then').click()
    expect(write.get_by_text('This draft is published')).to_be_hidden()
    assert Schedule.objects.get().cancelled_by == editor


def test_what_came_of_a_version_is_looked_at_and_said(page, sign_in, editor, launch, check_page):
    version = publish_text(launch, CHECKLIST + '\nMore.\n', title='Launch', author=editor)
    hoped = {'text': 'Fewer are stopped', 'measure': 'stopped', 'look_on': date(2026, 11, 1), 'author': editor}
    Expectation.objects.create(version=version, playbook=launch, **hoped)
    sign_in(page, editor)

    page.goto('/playbooks/launch/v/2/better/')

    expect(page.get_by_text('Since: 0 of 0, too few to be sure')).to_be_visible()
    check_page(page, 'expectation')
    page.get_by_role('textbox', name='What came of it').fill('Too early to say.')
    page.get_by_role('button', name='Keep').click()
    expect(page.get_by_text('Too early to say.')).to_be_visible()


def test_the_other_pages_of_writing(page, sign_in, editor, launch, check_page):
    sign_in(page, editor)
    draft = start_draft(playbook=Playbook.objects.select_related('kind', 'current_version').get(), author=editor)
    for name, address in {
        'playbook-new': '/playbooks/new/',
        'playbook-new-kind': '/playbooks/new/?kind=launch-checklist',
        'playbook-settings': '/playbooks/launch/settings/',
        'draft': f'/playbooks/launch/drafts/{draft.pk}/',
    }.items():
        page.goto(address)
        check_page(page, name)
