"""A suggestion on its way to a published version, as its author and its owner see it in a browser."""

import pytest
from playwright.sync_api import expect

from playbooks.models import Kind, Suggestion, Version
from tests.factories import make_editor, make_kind, make_playbook, make_user

TEXT = 'Ship on Mondays.\n\n## Before\n\n- [ ] Write the promise {#promise}\n- [ ] Rehearse the rollback {#rehearse}\n'

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people():
    make_kind('guide', approval=Kind.Approval.EDITOR)
    owner, author, editor = make_user('Olga Owner'), make_user('Anna Author'), make_editor('Edith Editor')
    make_playbook('launch', text=TEXT, owner=owner)
    return owner, author, editor


def test_a_suggestion_becomes_a_version(new_page, sign_in, people, check_page):
    owner, author, editor = people
    writing, deciding, approving = (sign_in(new_page(), person) for person in (author, owner, editor))

    writing.goto('/playbooks/launch/')
    writing.get_by_role('link', name='Suggest a change', exact=True).first.click()
    writing.get_by_label('Text, in Markdown').fill(TEXT.replace('Mondays', 'Tuesdays, when everybody is here'))
    writing.get_by_role('button', name='Send as a suggestion').click()
    writing.get_by_label('Why').fill('On Mondays nobody answers.')
    check_page(writing, 'suggestion-new')
    writing.get_by_role('button', name='Send', exact=True).click()
    expect(writing.get_by_text('With Olga Owner since')).to_be_visible()

    deciding.goto('/playbooks/suggestions/')
    check_page(deciding, 'suggestions-to-decide')
    deciding.get_by_role('link', name='Launch').click()
    expect(deciding.get_by_text('On Mondays nobody answers.').first).to_be_visible()
    deciding.get_by_label('About').select_option(label='Write the promise')
    deciding.get_by_role('textbox', name='Comment').fill('Is that still on time?')
    deciding.get_by_role('button', name='Post comment').click()
    deciding.get_by_text('Ask for changes …').click()
    deciding.get_by_label('What should change?').fill('Say what time.')
    check_page(deciding, 'suggestion-to-decide')
    deciding.get_by_role('button', name='Ask for changes').click()

    writing.reload()
    expect(writing.get_by_text('Say what time.').first).to_be_visible()
    expect(writing.get_by_text('Is that still on time?')).to_be_visible()
    check_page(writing, 'suggestion-changes-asked')
    writing.get_by_role('link', name='Change it').click()
    writing.get_by_label('Text, in Markdown').fill(TEXT.replace('Mondays', 'Tuesdays at ten, when everybody is here'))
    writing.get_by_role('button', name='Send as a suggestion').click()
    writing.get_by_role('button', name='Send it again').click()

    deciding.reload()
    deciding.get_by_role('link', name='Accept and publish').click()
    expect(deciding.get_by_text('somebody has to approve').first).to_be_visible()
    deciding.get_by_role('link', name='Ask for approval').click()
    deciding.get_by_label('Edith Editor').check()
    check_page(deciding, 'draft-people')
    deciding.get_by_role('button', name='Ask for approval').click()

    approving.goto('/playbooks/suggestions/')
    approving.get_by_role('link', name='Look at it').click()
    expect(approving.get_by_role('button', name='Approve exactly this text')).to_be_visible()
    check_page(approving, 'draft-to-approve')
    approving.get_by_role('button', name='Approve exactly this text').click()
    expect(approving.get_by_text('Edith Editor approved exactly this text').first).to_be_visible()

    suggestion = Suggestion.objects.get()
    deciding.goto(f'/playbooks/suggestions/{suggestion.pk}/')
    deciding.get_by_role('link', name='Accept and publish').click()
    deciding.get_by_label('What changed, and why').fill('Tuesdays at ten.')
    deciding.get_by_text('Is it more than that?').click()
    deciding.get_by_label('Clearer, same rules').check()
    deciding.get_by_role('button', name='Publish v2').click()
    expect(deciding.get_by_text('For this version, thanks to Anna Author.')).to_be_visible()

    version = Version.objects.get(number=2)
    assert (version.author, version.publisher, 'Tuesdays at ten' in version.text) == (author, owner, True)
    writing.reload()
    expect(writing.get_by_text('It was published exactly as it was sent.')).to_be_visible()
    writing.get_by_role('link', name='Version 2').click()
    expect(writing.get_by_text('Suggested by')).to_be_visible()
    check_page(writing, 'version-thanked')
