"""Publishing later: set at the publish step, done by the worker, taken back, refused with its reason."""

import datetime as dt
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from django.db import transaction
from django.test import TestCase, TransactionTestCase
from django.urls import reverse
from django.utils import timezone

from playbooks.approving import approve
from playbooks.chores import CHORES
from playbooks.drafts import save_draft, start_draft
from playbooks.models import Draft, Kind, Notice, Playbook, Schedule, Version
from playbooks.plans import Expects, PublishAnswers
from playbooks.publishing import publish
from playbooks.publishing_later import publish_what_is_due
from playbooks.scheduling import NoSuchTime, Past, moment_of, schedule
from tests.factories import make_editor, make_kind, make_playbook, make_user, publish_text
from tests.test_races import at_once

HOUR = dt.timedelta(hours=1)
ANSWERS = PublishAnswers('process_change', 'From Monday on.')


def loaded(slug='launch'):
    return Playbook.objects.select_related('kind', 'current_version').get(slug=slug)


@contextmanager
def undone():
    """A block after which nothing has happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class LaterTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.editor, cls.member = make_user('Olga Owner'), make_editor(), make_user('Mina Member')
        cls.playbook = make_playbook('launch', text='Old.\n', owner=cls.owner)
        cls.now = timezone.now()
        cls.step = reverse('playbooks:playbook_publish', args=['launch'])
        cls.edit = reverse('playbooks:playbook_edit', args=['launch'])

    def write(self, text='New.\n', *, author=None):
        draft = start_draft(playbook=loaded(), author=author or self.owner)
        return save_draft(draft=draft, title='Launch', text=text, fields={}, shown_revision=draft.revision)

    def set(self, draft=None, answers=ANSWERS, **more):
        return schedule(
            draft=draft or self.write(), answers=answers, **{'at': self.now + HOUR, 'by': self.owner} | more
        )

    def work(self):
        return publish_what_is_due(self.now + 2 * HOUR)

    def told(self, kind):
        return set(Notice.objects.filter(kind=kind).values_list('person__name', flat=True))


class WorkerTests(LaterTestCase):
    def test_what_is_due_is_published_with_the_answers_that_were_given(self):
        expects = Expects('Fewer questions', '', '2027-02-01')
        self.set(answers=PublishAnswers('process_change', 'From Monday on.', expects=expects, runs='leave'))

        before = publish_what_is_due(self.now)
        made = self.work()

        self.assertEqual((before, made), (0, 1))
        version = Version.objects.get(number=2)
        self.assertEqual(
            (version.text, version.weight, version.note, version.author, version.publisher),
            ('New.\n', 'process_change', 'From Monday on.', self.owner, self.owner),
        )
        self.assertEqual(version.expectation.text, 'Fewer questions')
        done = Schedule.objects.get()
        self.assertEqual((done.version, done.failure, done.draft), (version, '', None))
        self.assertFalse(Draft.objects.exists())
        self.assertEqual(self.work(), 0)

    def test_it_is_one_of_the_chores_of_every_minute(self):
        chore = next(chore for chore in CHORES if chore.do is publish_what_is_due)

        self.assertEqual(chore.every, dt.timedelta(minutes=1))

    def test_where_it_cannot_be_published_nothing_is_and_those_it_concerns_are_told_why(self):
        make_kind('policy', approval=Kind.Approval.EDITOR)

        def edited(draft):
            save_draft(draft=draft, title='Launch', text='Newer.\n', fields={}, shown_revision=draft.revision)

        def stale(draft):
            publish_text(self.playbook, 'Theirs.\n')

        def no_longer_theirs(draft):
            Playbook.objects.update(owner=self.editor)

        def unapproved(draft):
            Playbook.objects.update(kind=make_kind('policy'))

        def archived(draft):
            Playbook.objects.update(archived_at=self.now, archived_by=self.editor)

        def discarded(draft):
            Draft.objects.update(discarded_at=self.now)

        for happens, why in (
            (edited, 'was changed after'),
            (stale, 'Another version was published'),
            (no_longer_theirs, 'Olga Owner may no longer publish it.'),
            (unapproved, 'Nobody has approved exactly this text.'),
            (archived, 'archived'),
            (discarded, 'no longer there'),
        ):
            with self.subTest(happens.__name__), undone():
                draft = self.write()
                self.set(draft)
                happens(draft)
                text, versions = Draft.objects.get().text, Version.objects.count()

                made = self.work()
                self.work()

                self.assertEqual((made, Version.objects.count()), (0, versions))
                self.assertEqual(Draft.objects.get().text, text)
                self.assertIn(why, Schedule.objects.get().failure)
                self.assertEqual(self.told('schedule_failed'), {'Olga Owner', 'Edith Editor'})
                self.assertEqual(Notice.objects.filter(kind='schedule_failed').count(), 2)

    def test_an_approved_text_is_published_and_a_text_with_mistakes_is_not(self):
        Playbook.objects.update(kind=make_kind('policy', approval=Kind.Approval.EDITOR))
        draft = self.write()
        approve(playbook=loaded(), draft=draft, by=self.editor)
        self.set(draft)
        self.assertEqual(self.work(), 1)

        wrong = self.write('- [ ] A task {due=soon}\n')
        self.set(wrong)

        self.assertEqual(self.work(), 0)
        self.assertIn('Line 1', Schedule.objects.get(draft=wrong).failure)

    def test_one_that_breaks_keeps_no_other_back(self):
        first = self.set()
        other = make_playbook('other', text='Old.\n', owner=self.owner)
        draft = start_draft(playbook=loaded('other'), author=self.owner)
        draft = save_draft(draft=draft, title='Other', text='New.\n', fields={}, shown_revision=1)
        schedule(draft=draft, answers=ANSWERS, at=self.now + HOUR, by=self.owner)
        Schedule.objects.filter(pk=first.pk).update(answers={'nonsense': 1})

        with self.assertLogs('playbooks.publishing_later', 'ERROR'):
            made = self.work()

        self.assertEqual((made, other.versions.count(), self.playbook.versions.count()), (1, 2, 1))

    def test_publishing_by_hand_before_takes_it_off_the_list(self):
        draft = self.write()
        self.set(draft)
        draft.playbook = loaded()

        version = publish(draft=draft, editor=self.owner, answers=ANSWERS)

        self.assertEqual(Schedule.objects.get().version, version)
        self.assertEqual((self.work(), Version.objects.count()), (0, 2))
        self.assertFalse(Notice.objects.filter(kind='schedule_failed').exists())

    def test_somebody_elses_text_is_published_in_their_name_by_who_set_it(self):
        draft = self.write(author=self.member)
        draft.suggestions.create(playbook=self.playbook, author=self.member, sent_hash='x')
        self.set(draft)

        self.work()

        version = Version.objects.get(number=2)
        self.assertEqual((version.author, version.publisher), (self.member, self.owner))


class TwoWorkersTests(TransactionTestCase):
    def test_two_workers_at_once_publish_once_and_complain_about_nothing(self):
        owner = make_user()
        make_playbook('launch', text='Old.\n', owner=owner)
        draft = start_draft(playbook=loaded(), author=owner)
        draft = save_draft(draft=draft, title='Launch', text='New.\n', fields={}, shown_revision=1)
        schedule(draft=draft, answers=ANSWERS, at=timezone.now() + HOUR, by=owner)
        later = timezone.now() + 2 * HOUR

        made = at_once(lambda _number: publish_what_is_due(later), clients=6)

        self.assertEqual(sum(made), 1)
        self.assertEqual(Version.objects.count(), 2)
        self.assertEqual(Schedule.objects.get().failure, '')
        self.assertFalse(Notice.objects.filter(kind='schedule_failed').exists())


class StepTests(LaterTestCase):
    def setUp(self):
        self.client.force_login(self.owner)
        self.draft = self.write()

    def post(self, **data):
        sent = {'note': 'Because.', 'weight': 'clarification', 'revision': self.draft.revision, 'later': '1'}
        return self.client.post(self.step, sent | data)

    def test_a_day_and_a_time_where_the_reader_is_set_it(self):
        self.owner.time_zone = 'Asia/Tokyo'
        self.owner.save()
        day = timezone.localdate() + dt.timedelta(days=3)

        answer = self.post(later_on=day.isoformat(), later_at='09:00')

        self.assertRedirects(answer, self.edit)
        self.assertEqual(Version.objects.count(), 1)
        at = Schedule.objects.get().at.astimezone(ZoneInfo('Asia/Tokyo'))
        self.assertEqual((at.date(), at.hour, at.minute), (day, 9, 0))
        self.assertContains(self.client.get(self.edit), 'This draft is published')
        self.assertContains(self.client.get(self.step), 'Do not publish it then')

    def test_bad_input_comes_back_with_its_reason_and_sets_nothing(self):
        today = timezone.localdate()
        for data, reason in (
            ({}, 'Say when.'),
            ({'later_on': (today + dt.timedelta(days=2)).isoformat()}, 'Say when.'),
            ({'later_on': 'soon', 'later_at': '09:00'}, 'Enter a valid date.'),
            ({'later_on': (today - dt.timedelta(days=1)).isoformat(), 'later_at': '09:00'}, 'That is past.'),
            ({'later_on': '9999-12-31', 'later_at': '09:00'}, 'Choose a time within a year.'),
        ):
            with self.subTest(data=data):
                answer = self.post(**data)

                self.assertContains(answer, reason, status_code=422)
                self.assertContains(answer, 'Because.', status_code=422)
        self.assertFalse(Schedule.objects.exists())

    def test_a_day_without_the_button_for_later_publishes_nothing(self):
        sent = {'note': 'Because.', 'weight': 'clarification', 'revision': self.draft.revision}

        answer = self.client.post(self.step, sent | {'later_on': '2099-01-01', 'later_at': '09:00'})

        self.assertContains(answer, 'Press “Publish then”', status_code=422)
        self.assertEqual(Version.objects.count(), 1)

    def test_setting_it_anew_replaces_what_was_set_and_an_edit_is_said_to_void_it(self):
        day = (timezone.localdate() + dt.timedelta(days=3)).isoformat()
        self.post(later_on=day, later_at='09:00')
        self.post(later_on=day, later_at='10:00')
        self.assertEqual(Schedule.objects.waiting().get().at.hour, 10)

        self.write('Newer.\n')

        self.assertContains(self.client.get(self.edit), 'The text was changed since, so it will not be')

    def test_everybody_with_a_draft_sees_it_and_who_may_cancels_it(self):
        self.set(self.draft)
        for person, may in ((self.member, False), (self.editor, True), (self.owner, True)):
            self.client.force_login(person)

            page = self.client.get(self.edit)

            self.assertContains(page, 'is published')
            self.assertEqual('Do not publish it then' in page.content.decode(), may)

    def test_a_draft_that_is_put_away_takes_its_publication_with_it(self):
        set_for = self.set(self.draft)

        self.client.post(reverse('playbooks:draft_discard', args=['launch']))

        set_for.refresh_from_db()
        self.assertEqual((set_for.cancelled_by, self.work()), (self.owner, 0))
        self.assertEqual(self.told('schedule_failed'), set())

    def test_why_it_was_not_published_stands_at_the_draft_until_it_is_set_anew(self):
        self.set(self.draft)
        self.write('Newer.\n')
        self.work()

        self.assertContains(self.client.get(self.edit), 'and was not.')
        self.set(Draft.objects.select_related('playbook', 'author').get())
        self.assertNotContains(self.client.get(self.edit), 'and was not.')


class CancelTests(LaterTestCase):
    def cancel(self, person, scheduled):
        self.client.force_login(person)
        return self.client.post(reverse('playbooks:schedule_cancel', args=['launch', scheduled.pk]))

    def test_who_set_it_who_wrote_it_who_keeps_the_page_and_editors_take_it_back(self):
        for person in (self.owner, self.editor):
            scheduled = self.set()

            answer = self.cancel(person, scheduled)

            self.assertRedirects(answer, self.edit)
            scheduled.refresh_from_db()
            self.assertEqual(scheduled.cancelled_by, person)
        self.assertEqual((self.work(), Version.objects.count()), (0, 1))
        self.assertEqual(self.told('schedule_cancelled'), {'Olga Owner'})
        self.assertTrue(Draft.objects.exists())

    def test_who_only_writes_there_too_may_not_and_for_others_it_is_not_there(self):
        scheduled = self.set()
        self.assertEqual(self.cancel(self.member, scheduled).status_code, 404)
        self.write('Mine.\n', author=self.member)

        self.assertEqual(self.cancel(self.member, scheduled).status_code, 403)
        self.client.force_login(self.owner)
        url = reverse('playbooks:schedule_cancel', args=['launch', scheduled.pk])
        self.assertEqual(self.client.get(url).status_code, 405)
        self.assertTrue(Schedule.objects.waiting().exists())

    def test_what_is_over_cannot_be_taken_back(self):
        scheduled = self.set()
        self.work()

        answer = self.cancel(self.owner, scheduled)

        self.assertRedirects(answer, self.edit)
        self.assertIsNone(Schedule.objects.get().cancelled_at)


class MomentTests(TestCase):
    def test_a_time_is_that_of_the_clocks_where_the_reader_is_on_both_sides_of_a_change(self):
        with timezone.override('Europe/Berlin'):
            summer = moment_of(dt.date(2026, 10, 24), dt.time(9))
            winter = moment_of(dt.date(2026, 10, 26), dt.time(9))

        self.assertEqual((summer.hour, winter.hour), (7, 8))

    def test_a_time_that_the_clocks_skip_is_refused(self):
        with timezone.override('Europe/Berlin'), self.assertRaises(NoSuchTime):
            moment_of(dt.date(2027, 3, 28), dt.time(2, 30))

    def test_the_last_and_the_first_day_of_all_are_refused_where_they_are_others_elsewhere(self):
        for zone, day, clock in (
            ('America/New_York', dt.date.max, dt.time(23)),
            ('Asia/Tokyo', dt.date.min, dt.time(1)),
        ):
            with self.subTest(zone), timezone.override(zone), self.assertRaises(NoSuchTime):
                moment_of(day, clock)

    def test_of_a_time_that_comes_twice_it_is_the_first(self):
        with timezone.override('Europe/Berlin'):
            self.assertEqual(moment_of(dt.date(2026, 10, 25), dt.time(2, 30)).hour, 0)

    def test_the_step_says_so_of_a_time_that_the_clocks_skip(self):
        person = make_editor(time_zone='Europe/Berlin')
        make_playbook('launch', text='Old.\n')
        draft = start_draft(playbook=loaded(), author=person)
        save_draft(draft=draft, title='Launch', text='New.\n', fields={}, shown_revision=1)
        self.client.force_login(person)
        sent = {'note': 'x', 'weight': 'clarification', 'revision': 2, 'later': '1'}

        answer = self.client.post(
            reverse('playbooks:playbook_publish', args=['launch']),
            sent | {'later_on': '2027-03-28', 'later_at': '02:30'},
        )

        self.assertContains(answer, 'the clocks are put forward', status_code=422)

    def test_a_moment_that_is_over_is_refused_by_the_action_too(self):
        person = make_editor()
        make_playbook('launch', text='Old.\n')
        draft = start_draft(playbook=loaded(), author=person)

        with self.assertRaises(Past):
            schedule(draft=draft, answers=ANSWERS, at=timezone.now() - HOUR, by=person)
