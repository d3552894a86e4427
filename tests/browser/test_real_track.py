"""A real track through its six real versions: what its page says to three people after each, in the words of issue 2.

The texts are 18F's onboarding checklist "Product Team Member", public domain; they stand beside the checkout.
"""

import datetime as dt
import os
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from onboarding.enrolling import enroll
from playbooks import runs
from playbooks.drafts import create_playbook, save_draft, start_draft
from playbooks.integrity import check_all
from playbooks.publishing import PublishAnswers, publish
from tests.factories import make_area, make_editor, make_kind, make_user

TEXTS = Path(settings.BASE_DIR).parent / 'shared' / 'real-input' / 'product-team-track'

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not TEXTS.is_dir() and not os.environ.get('CI'), reason='the real track is not beside this checkout'
    ),
]

FIRST = {
    'join-slack-channels', 'read-guide', 'virtual-coffee', 'virtual-pmcoffee', 'read-trello-board', 'second-coffee',
    'learn-git-hub', 'more-coffees',
}  # fmt: skip
IN_2 = {'add-to-listservs', 'read-before-you-ship'}
IN_5 = {
    'meet-facilitator', 'read-handbook', 'attend-facilitator-group-meeting', 'look-at-projects',
    'listen-to-call-center',
}  # fmt: skip
WORDS = ('kept', 'added in v', 'no longer asked', 'Changed, please check again')
# What the author says of changed items that somebody may have finished; the rest is the same task, better said.
SUBSTANCE = {2: ('second-coffee', 'learn-git-hub'), 4: ('join-slack-channels', 'read-trello-board')}


class Story:
    """Three people on the track, who do different things; what is published between; their pages."""

    def __init__(self, new_page, sign_in):
        self.editor = make_editor('Edith Editor')
        self.now = timezone.now() - dt.timedelta(days=3)
        self.track = create_playbook(
            by=self.editor,
            kind=make_kind('onboarding-track'),
            area=make_area(),
            title='Product Team Member',
            text=(TEXTS / 'v1.md').read_text(),
        )
        self.publish(1)
        manager = make_user('Mara Manager')
        self.people = {name: make_user(name, reports_to=manager) for name in ('Ana', 'Bo', 'Cy')}
        self.enrollments = {
            name: enroll(
                person=person, track=self.track, first_day=self.now.date(), by=manager, buddy=None, now=self.now
            )
            for name, person in self.people.items()
        }
        self.pages = {name: sign_in(new_page(), person) for name, person in self.people.items()}

    def publish(self, number):
        self.now += dt.timedelta(hours=4)
        self.track.refresh_from_db()
        draft = start_draft(playbook=self.track, author=self.editor)
        draft = save_draft(
            draft=draft,
            title='Product Team Member',
            text=(TEXTS / f'v{number}.md').read_text(),
            fields={},
            shown_revision=draft.revision,
        )
        meanings = dict.fromkeys(SUBSTANCE.get(number, ()), ('substance', 'It is not the same any more.'))
        answers = PublishAnswers('process_change', 'As it was changed at 18F.', meanings=meanings)
        version = publish(draft=draft, editor=self.editor, answers=answers, now=self.now)
        assert version.number == number

    def does(self, name, *keys, number, action=runs.complete):
        self.now += dt.timedelta(hours=4)
        run = self.enrollments[name].run
        for key in keys:
            action(run=run, key=key, by=self.people[name], shown_number=number, now=self.now)

    def open(self, name):
        page = self.pages[name]
        page.goto(self.enrollments[name].get_absolute_url())
        return page

    def told(self, name):
        """What the page says became of each item, by key."""
        rows = (
            self.open(name)
            .locator('li.item')
            .evaluate_all(
                "rows => rows.map(row => [row.id.slice(2), [...row.querySelectorAll('.sub > span, .st')]"
                '.map(said => said.textContent.trim())])'
            )
        )
        return {key: ' and '.join(words for words in said if words.startswith(WORDS)) for key, said in rows}


def words(*, kept=(), check=(), gone=(), **added):
    """What each key is to say; `in_2` stands for “added in v2”."""
    said = dict.fromkeys(kept, 'kept') | dict.fromkeys(check, 'Changed, please check again')
    said |= dict.fromkeys(gone, 'no longer asked')
    for version, keys in added.items():
        said |= dict.fromkeys(keys, f'added in v{version.removeprefix("in_")}')
    return said


@pytest.fixture
def story(new_page, sign_in):
    return Story(new_page, sign_in)


def test_the_page_says_what_became_of_every_item_after_every_version(story, screenshot):
    story.does('Ana', 'join-slack-channels', 'read-guide', 'virtual-coffee', number=1)
    story.does('Cy', *sorted(FIRST - {'learn-git-hub', 'second-coffee', 'more-coffees'}), number=1)
    story.does('Cy', 'second-coffee', 'more-coffees', number=1)
    for name in story.people:
        assert set(story.told(name).values()) == {''}, 'Nothing has moved yet.'

    story.publish(2)
    assert story.told('Ana') == story.told('Bo') == words(kept=FIRST, in_2=IN_2)
    assert story.told('Cy') == words(kept=FIRST - {'second-coffee'}, check={'second-coffee'}, in_2=IN_2)
    story.does('Ana', 'add-to-listservs', number=2)
    story.does('Cy', 'second-coffee', number=2, action=runs.confirm)

    story.publish(3)
    for name in story.people:
        assert story.told(name) == words(kept=FIRST, in_2=IN_2)
    story.does('Bo', 'read-guide', number=3)

    story.publish(4)
    slack, trello, lists, ship = 'join-slack-channels', 'read-trello-board', 'add-to-listservs', 'read-before-you-ship'
    later = {'in_2': {ship}, 'gone': {lists}}
    assert story.told('Ana') == words(kept=FIRST - {slack}, check={slack}, **later)
    assert story.told('Bo') == words(kept=FIRST, **later)
    assert story.told('Cy') == words(kept=FIRST - {slack, trello}, check={slack, trello}, **later)
    story.does('Cy', slack, number=4, action=runs.confirm)

    for number in (5, 6):
        story.publish(number)
        later[f'in_{number}'] = IN_5 if number == 5 else {'partnership-playbook'}
        assert story.told('Ana') == words(kept=FIRST - {slack}, check={slack}, **later)
        assert story.told('Bo') == words(kept=FIRST, **later)
        assert story.told('Cy') == words(kept=FIRST - {trello}, check={trello}, **later)

    for name, finished in (('Ana', 3), ('Bo', 1), ('Cy', 7)):
        page = story.open(name)
        expect(page.locator('#track-meta')).to_contain_text(f'{finished} of 15, 7 added since you started')
        expect(page.get_by_role('region', name='Moved to a new version')).to_contain_text('Moved from v5 to v6')
        for key in IN_5 | {'partnership-playbook', ship}:
            expect(page.locator(f'#i-{key} .due.late')).to_have_count(0)
        screenshot(page, f'real-track-{name}')
    expect(story.open('Ana').locator('#i-add-to-listservs')).to_contain_text('done on v2, ')
    expect(story.open('Bo').locator('#i-read-guide')).to_contain_text('done on v3, ')
    assert check_all() == []


def test_undo_on_the_page_puts_back_what_was_and_loses_nothing(story):
    story.does('Ana', 'join-slack-channels', 'read-guide', number=1)
    for number in (2, 3):
        story.publish(number)
    story.does('Ana', 'add-to-listservs', number=3)
    before = story.told('Ana')
    story.publish(4)
    after = story.told('Ana')
    assert (before['join-slack-channels'], after['join-slack-channels']) == ('kept', 'Changed, please check again')
    assert (before['add-to-listservs'], after['add-to-listservs']) == ('added in v2', 'no longer asked')

    page = story.open('Ana')
    page.get_by_role('button', name='Undo the move').click()
    expect(page.get_by_text('Moved from v3 to v4')).to_have_count(0)
    expect(page.locator('#track-meta .ver')).to_have_text('v3')
    assert story.told('Ana') == before
    expect(story.open('Ana').locator('#i-add-to-listservs')).to_contain_text('done on v3, ')
    assert story.told('Bo')['add-to-listservs'] == 'no longer asked', 'The undo is of one run.'
    assert check_all() == []
