"""Pages that come up for checking before their date: from how many people on, since when, and for whom."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from playbooks import runs, talk
from playbooks.actions import verify
from playbooks.drafts import start_draft
from playbooks.models import Helped, Remark, RunItem
from playbooks.publishing import PublishAnswers, publish
from playbooks.worth_a_look import Signals, Skipped, is_enough, reasons, worth_a_look
from tests.factories import CHECKLIST, make_admin, make_editor, make_playbook, make_user


class WorthALookTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.editor = make_user('Olga Owner'), make_editor()
        cls.playbook = make_playbook('launch', text=CHECKLIST, owner=cls.owner)
        cls.people = [make_user(f'Person {number}') for number in range(9)]
        cls.later = timezone.now() + timedelta(hours=1)

    def found(self, person=None):
        return {page.slug: page.reasons for page in worth_a_look(person or self.owner, now=self.later)}

    def report(self, people):
        for person in people:
            talk.say(playbook=self.playbook, by=person, kind='report', text='It is wrong.', now=self.later)

    def skip(self, number, reason='does_not_apply', others=0):
        for person in self.people[: number + others]:
            run = runs.start_run(
                version=self.playbook.current_version, owner=person, anchor_on=timezone.localdate(), by=person
            )
            item = RunItem.objects.filter(run=run, key='rehearse')
            if number > 0:
                item.update(state='waived', waived_at=self.later, waived_by=person, waived_reason=reason)
            else:
                item.update(state='done', done_at=self.later, done_by=person)
            number -= 1

    def test_three_people_who_report_bring_a_page_up_and_two_do_not(self):
        self.report(self.people[:2])
        self.report(self.people[:1])
        self.assertEqual(self.found(), {})

        self.report(self.people[2:3])

        self.assertEqual(self.found(), {'launch': ['3 people reported that something is wrong.']})
        self.assertEqual(self.found(self.editor), self.found())
        self.assertEqual(self.found(self.people[0]), {})

    def test_a_check_or_a_version_settles_it_and_a_small_fix_does_not(self):
        self.report(self.people[:3])
        draft = start_draft(playbook=self.playbook, author=self.owner)
        draft.text = draft.text.replace('every release', 'each release')
        draft.save()
        answers = PublishAnswers('editorial', '')
        publish(draft=draft, editor=self.owner, answers=answers, published_at=self.later + timedelta(hours=1))
        self.assertEqual(list(self.found()), ['launch'])

        verify(playbook=self.playbook, by=self.owner, now=self.later + timedelta(hours=2))
        self.assertEqual(self.found(), {})

    def test_what_is_older_than_ninety_days_counts_no_more(self):
        self.report(self.people[:3])
        Remark.objects.update(at=self.later - timedelta(days=91))

        self.assertEqual(self.found(), {})

    def test_a_step_skipped_in_three_of_nine_runs_is_named_with_its_counts(self):
        self.skip(3, others=6)

        self.assertEqual(self.found(), {'launch': ['“Rehearse the rollback” was skipped in 3 of 9 runs.']})

    def test_skipping_because_one_knows_it_says_nothing_against_the_page(self):
        self.skip(4, reason='already_knows')

        self.assertEqual(self.found(), {})

    def test_three_who_were_not_helped_bring_it_up_if_they_are_a_third(self):
        for number, person in enumerate(self.people):
            talk.vote(playbook=self.playbook, by=person, number=1, yes=number > 2, now=self.later)
        self.assertEqual(self.found(), {'launch': ['It did not help 3 of the 9 people who said so.']})

        Helped.objects.filter(person=self.people[0]).update(yes=True)
        self.assertEqual(self.found(), {})

    def test_three_who_looked_in_vain_bring_it_up(self):
        for person in self.people[:3]:
            talk.sought(words='bonus', by=person, playbook=self.playbook, now=self.later)

        self.assertEqual(self.found(), {'launch': ['3 people looked for something that is not there.']})

    def test_the_thresholds(self):
        self.assertEqual(
            [is_enough(*counts) for counts in ((2, 2), (3, 9), (3, 10), (4, 12))], [False, True, False, True]
        )
        self.assertEqual(reasons(Signals()), [])
        self.assertEqual(len(reasons(Signals([Skipped('a', 3, 3), Skipped('b', 2, 2)], 3, 3, 9, 3))), 4)

    def test_the_page_shows_reasons_and_to_editors_the_words_that_were_not_found(self):
        self.report(self.people[:3])
        for person in self.people[:2]:
            talk.sought(words='Bonus', by=person)
        talk.sought(words='Alone', by=person)

        self.client.force_login(self.owner)
        owners = self.client.get('/playbooks/worth-a-look/')
        self.client.force_login(self.editor)
        editors = self.client.get('/playbooks/worth-a-look/')

        self.assertContains(owners, '3 people reported that something is wrong.')
        self.assertNotContains(owners, 'bonus')
        self.assertContains(editors, '<a href="/search/?q=bonus">bonus</a>')
        self.assertNotContains(editors, 'alone')

    def test_costs_the_same_with_one_page_and_with_many(self):
        self.report(self.people[:3])
        self.client.force_login(make_admin())
        self.client.get('/playbooks/worth-a-look/')
        with self.assertNumQueries(7):
            self.client.get('/playbooks/worth-a-look/')
        for _number in range(3):
            self.playbook = make_playbook(text=CHECKLIST)
            self.report(self.people[:4])
        with self.assertNumQueries(7):
            self.client.get('/playbooks/worth-a-look/')
