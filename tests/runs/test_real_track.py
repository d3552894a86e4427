"""A real track through its six real versions, with three people who have done different things.

The texts are 18F's onboarding checklist "Product Team Member", public domain; they stand beside the checkout.
"""

import datetime as dt
import os
import re
from pathlib import Path
from unittest import skipUnless

from django.conf import settings

from playbooks import runs
from playbooks import text as texts
from playbooks.drafts import create_playbook, save_draft, start_draft
from playbooks.models import Item
from playbooks.pins import pin_draft, pins_for
from playbooks.publishing import PublishAnswers, publish
from tests.factories import make_area, make_kind, make_user

from .base import RunTestCase, at, start

TEXTS = Path(settings.BASE_DIR).parent / 'shared' / 'real-input' / 'product-team-track'

FIRST = (
    'join-slack-channels read-guide virtual-coffee virtual-pmcoffee read-trello-board second-coffee learn-git-hub '
    'more-coffees'
)
IN_2 = 'add-to-listservs read-before-you-ship'
IN_5 = 'meet-facilitator read-handbook attend-facilitator-group-meeting look-at-projects listen-to-call-center'
IN_6 = 'partnership-playbook'
CHECK = 'changed, please check again'
GONE = 'no longer asked'
# What the author says about the changed items that somebody may have finished; the rest is the same task, better said.
SUBSTANCE = {2: ['second-coffee', 'learn-git-hub'], 4: ['join-slack-channels', 'read-trello-board']}


def text(number):
    return (TEXTS / f'v{number}.md').read_text()


def without_keys(number):
    return re.sub(r' \{#[^}]*\}', '', text(number))


@skipUnless(TEXTS.is_dir() or os.environ.get('CI'), 'the real track is not beside this checkout')
class RealTrackTests(RunTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.ana, cls.bo, cls.cy = (make_user(name, reports_to=cls.manager) for name in ('Ana', 'Bo', 'Cy'))

    def begin(self, first_text):
        self.track = create_playbook(
            by=self.editor,
            kind=make_kind('onboarding-track'),
            area=make_area(),
            title='Product Team Member',
            text=first_text,
        )
        self.publish(first_text)
        self.runs = {person: start(self.version, person) for person in (self.ana, self.bo, self.cy)}

    def publish(self, new_text, substance=(), *, pin=False):
        self.track.refresh_from_db()
        draft = start_draft(playbook=self.track, author=self.editor)
        draft = save_draft(
            draft=draft, title='Product Team Member', text=new_text, fields={}, shown_revision=draft.revision
        )
        if pin:
            draft = pin_draft(draft=draft)
        meanings = dict.fromkeys(substance, ('substance', 'It is not the same any more.'))
        answers = PublishAnswers('process_change', 'As it was changed at 18F.', meanings=meanings)
        now = at(2 * draft.base.number + 2) if draft.base else at(2)
        self.version = publish(draft=draft, editor=self.editor, answers=answers, now=now)

    def done(self, person, keys, *, number, action=runs.complete):
        for key in keys.split():
            action(run=self.runs[person], key=key, by=person, shown_number=number, now=at(2 * number + 1))

    def words(self, person):
        self.runs[person].refresh_from_db()
        return {key: story.words for key, story in runs.stories(self.runs[person]).items()}

    def assertWords(self, person, **keys_by_words):
        """Each key of this person's run has these words; `added_in_v2` stands for "added in v2"."""
        spoken = {'kept': 'kept', 'check': CHECK, 'gone': GONE} | {f'added_in_v{n}': f'added in v{n}' for n in range(9)}
        expected = {key: spoken[name] for name, keys in keys_by_words.items() for key in keys.split()}
        self.assertEqual(self.words(person), expected)

    @staticmethod
    def but(keys, *others):
        return ' '.join(key for key in keys.split() if key not in others)

    def test_each_of_the_three_is_told_what_became_of_every_item_after_every_version(self):
        self.begin(text(1))
        ana, bo, cy = self.ana, self.bo, self.cy
        self.done(ana, 'join-slack-channels read-guide virtual-coffee', number=1)
        self.done(cy, self.but(FIRST, 'learn-git-hub'), number=1)
        for person in (ana, bo, cy):
            self.assertWords(person, kept=FIRST)

        self.publish(text(2), SUBSTANCE[2])
        for person in (ana, bo):
            self.assertWords(person, kept=FIRST, added_in_v2=IN_2)
        self.assertWords(cy, kept=self.but(FIRST, 'second-coffee'), check='second-coffee', added_in_v2=IN_2)
        self.done(ana, 'add-to-listservs', number=2)
        self.done(cy, 'second-coffee', number=2, action=runs.confirm)

        self.publish(text(3))
        for person in (ana, bo, cy):
            self.assertWords(person, kept=FIRST, added_in_v2=IN_2)
        self.done(bo, 'read-guide', number=3)

        self.publish(text(4), SUBSTANCE[4])
        slack, trello, lists = 'join-slack-channels', 'read-trello-board', 'add-to-listservs'
        ship = 'read-before-you-ship'
        self.assertWords(ana, kept=self.but(FIRST, slack), check=slack, added_in_v2=ship, gone=lists)
        self.assertWords(bo, kept=FIRST, added_in_v2=ship, gone=lists)
        self.assertWords(
            cy, kept=self.but(FIRST, slack, trello), check=f'{slack} {trello}', added_in_v2=ship, gone=lists
        )
        self.done(cy, slack, number=4, action=runs.confirm)

        self.publish(text(5))
        self.assertWords(ana, kept=self.but(FIRST, slack), check=slack, added_in_v2=ship, added_in_v5=IN_5, gone=lists)
        self.assertWords(bo, kept=FIRST, added_in_v2=ship, added_in_v5=IN_5, gone=lists)
        self.assertWords(cy, kept=self.but(FIRST, trello), check=trello, added_in_v2=ship, added_in_v5=IN_5, gone=lists)

        self.publish(text(6))
        added = {'added_in_v2': ship, 'added_in_v5': IN_5, 'added_in_v6': IN_6, 'gone': lists}
        self.assertWords(ana, kept=self.but(FIRST, slack), check=slack, **added)
        self.assertWords(bo, kept=FIRST, **added)
        self.assertWords(cy, kept=self.but(FIRST, trello), check=trello, **added)
        self.assertEqual(
            [runs.progress(self.runs[person]).words for person in (ana, bo, cy)],
            [f'{finished} of 15, 7 added since you started' for finished in (3, 1, 7)],
        )
        self.assertEqual(runs.stories(self.runs[ana])[lists].credit, 'done on v2, 5 Nov')
        self.assertEqual(runs.stories(self.runs[bo])['read-guide'].credit, 'done on v3, 7 Nov')

    def test_nobody_becomes_overdue_by_any_of_the_versions(self):
        self.begin(text(1))
        for number in range(2, 7):
            day = dt.date(2026, 11, 2 * number)
            before = self.overdue(day)
            self.publish(text(number))
            self.assertLessEqual(self.overdue(day), before)
        self.assertTrue(before)

    def overdue(self, day):
        return {(row.run_id, row.key) for run in self.runs.values() for row in run.items.all() if row.is_overdue(day)}

    def test_undone_it_is_as_it_was_and_done_again_it_is_the_same_again(self):
        self.begin(text(1))
        self.done(self.ana, 'join-slack-channels read-guide', number=1)
        self.publish(text(3))
        before = self.words(self.ana), self.states(self.runs[self.ana])
        self.publish(text(4), SUBSTANCE[4])
        after = self.words(self.ana), self.states(self.runs[self.ana])
        runs.undo_carry_over(run=self.runs[self.ana], by=self.ana)
        undone = self.words(self.ana), self.states(self.runs[self.ana])
        runs.carry_over(run=self.runs[self.ana], version=self.version, by=self.ana)

        self.assertEqual((undone, (self.words(self.ana), self.states(self.runs[self.ana]))), (before, after))
        self.assertNotEqual(before, after)

    def test_a_key_that_comes_back_is_the_same_item(self):
        self.begin(text(1))
        self.publish(text(2))
        self.done(self.ana, 'add-to-listservs', number=2)
        for number in (3, 4, 5, 6):
            self.publish(text(number))
        self.publish(text(6) + '- [ ] Add listserv + calendar {#add-to-listservs due=+1wd}\n')

        rows = {person: self.row(self.runs[person], 'add-to-listservs') for person in (self.ana, self.bo)}
        self.assertEqual((rows[self.ana].state, rows[self.ana].earned_number), ('done', 2))
        self.assertEqual((rows[self.bo].state, rows[self.bo].is_overdue(dt.date(2026, 11, 14))), ('to_do', False))
        self.assertEqual(self.words(self.ana)['add-to-listservs'], 'added in v2')

    def test_a_second_line_with_the_same_text_is_another_item(self):
        self.begin(text(1))
        self.done(self.ana, 'join-slack-channels', number=1)
        self.publish(text(1) + '- [ ] Join Slack channels\n- [ ] Join Slack channels\n', pin=True)

        keys = list(Item.objects.filter(version=self.version, text='Join Slack channels').values_list('key', flat=True))
        self.assertEqual(keys, ['join-slack-channels', 'join-slack-channels-2', 'join-slack-channels-3'])
        states = self.states(self.runs[self.ana])
        self.assertEqual([states[key] for key in keys], ['done', 'to_do', 'to_do'])

    def test_with_the_keys_removed_a_rewording_is_shown_pinned_and_keeps_what_was_done(self):
        self.begin(without_keys(1))
        for number in (2, 3):
            self.publish(without_keys(number), pin=True)
        old = 'virtual-coffee-with-director second-coffee-with-josh'
        self.done(self.ana, old, number=3)
        shown = pins_for(document=texts.read(without_keys(4), title='Product Team Member'), base=self.version)
        self.publish(without_keys(4), pin=True)

        self.assertEqual(
            [(pin.old_text, pin.new_text, pin.key) for pin in shown],
            [
                (
                    'Virtual coffee with director',
                    'Virtual coffee with the Product Director',
                    'virtual-coffee-with-director',
                ),
                (
                    'Second coffee with Josh',
                    'Second coffee with the Product Director',
                    'second-coffee-with-josh',
                ),
            ],
        )
        self.assertEqual({self.words(self.ana)[key] for key in old.split()}, {'kept'})
        self.assertEqual({self.state(self.runs[self.ana], key) for key in old.split()}, {'done'})
