import datetime as dt

from django.test import TestCase

from accounts.models import HolidayCalendar, Mail, User
from accounts.outbox import whole_address
from onboarding import actions
from onboarding.enrolling import Starter, add_starter, enroll
from onboarding.reminders import send_first_days_coming, tell_of_waiting_sign_offs
from playbooks import runs
from playbooks.models import Run
from tests.factories import make_editor, make_playbook, make_track, make_user

TRACK = """\
- [ ] Say "hello" to R&D & all {#hello due=+1wd signoff=buddy}
- [ ] Hand in a brief {#brief kind=submit due=+4w signoff=manager}
- [ ] Read [the guide](playbook:guide) {#read-guide kind=read due=+2wd signoff=manager}
- [ ] Sit down {#sit}
- [ ] Show the office {#office role=buddy signoff=manager}
"""
TUESDAY = dt.datetime(2026, 11, 17, 9, tzinfo=dt.UTC)


class MailCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.head = make_user('Henrik Head')
        cls.manager = make_user('Ingrid Solberg', reports_to=cls.head, locale='en-gb')
        cls.buddy = make_user('Priya Nair', locale='de')
        cls.maya = make_user('Maya Okafor', reports_to=cls.manager, time_zone='America/New_York')
        cls.guide = make_playbook('guide', text='Words.\n')
        cls.track = make_track('first-90-days', text=TRACK)

    def enroll(self, first_day=dt.date(2026, 11, 16), now=TUESDAY, **fields):
        return enroll(
            **{'person': self.maya, 'track': self.track, 'buddy': self.buddy, 'by': self.manager}
            | {'first_day': first_day, 'now': now}
            | fields
        )

    def told(self, kind):
        return [(mail.to, mail.subject) for mail in Mail.objects.filter(kind=kind)]

    def act(self, action, run, key, by, minutes=0, **fields):
        now = TUESDAY + dt.timedelta(minutes=minutes)
        return getattr(actions, action)(run=run, key=key, by=by, shown_number=1, now=now, **fields)


class InvitationTests(MailCase):
    def test_it_says_who_where_when_and_how_in_plain_text(self):
        starter = Starter('new@example.com', 'Noa Neu', self.manager, self.track, dt.date(2026, 12, 7))
        add_starter(starter=starter, by=self.manager, now=TUESDAY)

        mail = Mail.objects.get(kind='invitation')
        self.assertEqual(mail.subject, 'Welcome: set your password')
        self.assertIn('Hello Noa,\n\nIngrid Solberg has added you to Rampbook.', mail.body)
        self.assertIn('Your first day is Monday 7 December.', mail.body)
        self.assertIn('http://localhost:8000/accounts/password/reset/key/', mail.body)
        self.assertNotIn('<', mail.body)

    def test_what_fails_later_takes_person_and_mail_with_it(self):
        guide = make_playbook('no-checklist', text='Words.\n')
        starter = Starter('new@example.com', 'Noa Neu', self.manager, guide, dt.date(2026, 12, 7))

        with self.assertRaises(runs.NotPossible):
            add_starter(starter=starter, by=self.manager, now=TUESDAY)

        self.assertFalse(User.objects.filter(email='new@example.com').exists())
        self.assertFalse(Mail.objects.exists())


class SignOffMailTests(MailCase):
    def setUp(self):
        self.run_ = self.enroll().run

    def test_whoever_signs_off_is_told_in_their_own_manner(self):
        self.act('complete', self.run_, 'hello', self.maya)

        (mail,) = Mail.objects.filter(kind='sign_off_asked')
        self.assertEqual(mail.to, self.buddy.email)
        self.assertEqual(mail.subject, 'Maya Okafor asks for your sign-off: Say "hello" to R&D & all')
        self.assertIn('(Di 17. Nov, 09:00)', mail.body)
        self.assertIn(f'http://localhost:8000/onboarding/{self.run_.enrollment.pk}/#i-hello', mail.body)

    def test_nobody_is_told_twice_of_one_handing_in_and_again_of_the_next(self):
        for _ in range(2):
            self.act('complete', self.run_, 'hello', self.maya)
        self.assertEqual(len(self.told('sign_off_asked')), 1)

        self.act('return_item', self.run_, 'hello', self.buddy, 10, note='Louder.')
        self.act('complete', self.run_, 'hello', self.maya, 20)

        self.assertEqual(len(self.told('sign_off_asked')), 2)

    def test_an_item_without_a_sign_off_tells_nobody(self):
        self.act('complete', self.run_, 'sit', self.maya)

        self.assertEqual(Mail.objects.count(), 0)

    def test_nobody_is_asked_to_sign_off_what_they_did_themselves(self):
        own = self.enroll(person=self.buddy, by=make_editor(), buddy=self.buddy).run
        Mail.objects.all().delete()

        self.act('complete', own, 'hello', self.buddy)

        self.assertNotIn(self.buddy.email, [to for to, _subject in self.told('sign_off_asked')])
        self.assertTrue(self.told('sign_off_asked'))

    def test_with_nobody_left_who_may_sign_every_editor_is_told(self):
        alone = make_user('Ada Alone')
        editors = [make_editor(), make_editor('Ed Itor')]
        run = self.enroll(person=alone, by=editors[0], buddy=None).run

        self.act('complete', run, 'hello', alone)

        self.assertEqual({to for to, _subject in self.told('sign_off_asked')}, {editor.email for editor in editors})

    def test_a_page_that_was_read_and_waits_for_a_sign_off_is_told_too(self):
        actions.acknowledge(playbook=self.guide, person=self.maya, number=1, now=TUESDAY)

        self.assertEqual(
            self.told('sign_off_asked'), [(self.manager.email, 'Maya Okafor asks for your sign-off: Read the guide')]
        )

    def test_a_page_that_was_read_elsewhere_on_the_site_is_told_by_the_worker_once(self):
        runs.acknowledge(playbook=self.guide, person=self.maya, number=1, now=TUESDAY)

        self.assertEqual([tell_of_waiting_sign_offs(TUESDAY) for _ in range(2)], [1, 0])
        self.assertEqual([to for to, _subject in self.told('sign_off_asked')], [self.manager.email])

    def test_after_two_working_days_the_stand_in_is_told_too(self):
        actions.acknowledge(playbook=self.guide, person=self.maya, number=1, now=TUESDAY)

        told = [tell_of_waiting_sign_offs(TUESDAY + dt.timedelta(days=days)) for days in (1, 2, 3)]

        self.assertEqual(told, [0, 1, 0])
        self.assertEqual(self.told('sign_off_asked')[1][0], self.head.email)

    def test_what_was_answered_is_not_told_again(self):
        self.act('complete', self.run_, 'hello', self.maya)
        self.act('sign_off', self.run_, 'hello', self.buddy, 30)

        self.assertEqual(tell_of_waiting_sign_offs(TUESDAY + dt.timedelta(days=9)), 0)

    def test_changes_asked_of_a_buddy_s_item_are_told_to_the_buddy(self):
        self.act('complete', self.run_, 'office', self.buddy)

        self.act('return_item', self.run_, 'office', self.manager, 1, note='The kitchen too.')

        self.assertEqual(self.told('changes_asked'), [(self.buddy.email, 'Changes asked: Show the office')])

    def test_signed_or_changes_asked_is_told_to_the_person_with_the_words_of_the_signer(self):
        self.act('complete', self.run_, 'hello', self.maya)
        self.act('return_item', self.run_, 'hello', self.buddy, 10, note='Say it & mean it <b>loud</b>.')
        self.act('complete', self.run_, 'hello', self.maya, 20)
        self.act('sign_off', self.run_, 'hello', self.buddy, 30)
        self.act('sign_off', self.run_, 'hello', self.buddy, 40)

        title = 'Say "hello" to R&D & all'
        self.assertEqual(self.told('changes_asked'), [(self.maya.email, f'Changes asked: {title}')])
        self.assertIn('Say it & mean it <b>loud</b>.', Mail.objects.get(kind='changes_asked').body)
        self.assertEqual(self.told('signed'), [(self.maya.email, f'Signed off: {title}')])

    def test_an_action_that_is_refused_tells_nobody(self):
        with self.assertRaises(runs.NotPossible):
            self.act('complete', self.run_, 'brief', self.maya)
        with self.assertRaises(runs.NotAllowed):
            self.act('complete', self.run_, 'hello', make_user())

        self.assertEqual(Mail.objects.count(), 0)

    def test_a_mail_that_cannot_be_written_undoes_the_action(self):
        User.objects.filter(pk=self.buddy.pk).update(time_zone='Mars/Olympus')

        with self.assertRaises(Exception):  # noqa: B017 - which one is the business of the library
            self.act('complete', self.run_, 'hello', self.maya)

        self.assertEqual(self.run_.items.get(key='hello').state, 'to_do')

    def test_of_a_run_that_is_no_onboarding_nobody_is_told(self):
        launch = runs.start_run(
            version=self.track.current_version,
            owner=self.maya,
            anchor_on=dt.date(2026, 11, 30),
            by=self.maya,
            roles={'buddy': [self.buddy]},
            visibility=Run.Visibility.AUDIENCE,
            now=TUESDAY,
        )

        self.act('complete', launch, 'hello', self.maya)

        self.assertEqual(launch.items.get(key='hello').state, 'awaiting')
        self.assertEqual(Mail.objects.count(), 0)


class FirstDayTests(MailCase):
    MONDAY = dt.date(2026, 11, 23)

    def remind(self, day):
        return send_first_days_coming(dt.datetime.combine(day, dt.time(14), dt.UTC))

    def test_manager_and_buddy_are_told_three_working_days_before_once(self):
        self.enroll(self.MONDAY, now=TUESDAY - dt.timedelta(days=7))

        counts = [self.remind(dt.date(2026, 11, day)) for day in (16, 17, 18, 19, 20, 23)]

        self.assertEqual(counts, [0, 0, 2, 0, 0, 0])
        self.assertEqual(
            set(self.told('first_day')),
            {
                (self.manager.email, 'Maya Okafor starts on Mon 23 Nov'),
                (self.buddy.email, 'Maya Okafor starts on Mo 23. Nov'),
            },
        )

    def test_who_is_added_late_is_told_of_at_once(self):
        self.enroll(self.MONDAY, now=TUESDAY + dt.timedelta(days=2))

        self.assertEqual(len(self.told('first_day')), 2)
        self.assertEqual(self.remind(dt.date(2026, 11, 20)), 0)

    def test_a_first_day_in_the_past_or_today_is_no_news(self):
        self.enroll(TUESDAY.date())

        self.assertEqual(Mail.objects.count(), 0)
        self.assertEqual(self.remind(TUESDAY.date()), 0)

    def test_a_day_that_is_moved_is_told_again(self):
        run = self.enroll(self.MONDAY, now=TUESDAY + dt.timedelta(days=2)).run
        runs.move_anchor(run=run, to=dt.date(2026, 11, 24), by=self.manager, now=TUESDAY + dt.timedelta(days=2))

        self.assertEqual(self.remind(dt.date(2026, 11, 20)), 2)

    def test_public_holidays_of_the_person_do_not_count_as_days_of_notice(self):
        calendar = HolidayCalendar.objects.create(code='PT', name='Portugal')
        calendar.holidays.create(on=dt.date(2026, 11, 19), name='Holiday')
        User.objects.filter(pk=self.maya.pk).update(holiday_calendar=calendar)
        self.maya.refresh_from_db()
        self.enroll(self.MONDAY, now=TUESDAY - dt.timedelta(days=7))

        self.assertEqual([self.remind(dt.date(2026, 11, day)) for day in (16, 17)], [0, 2])

    def test_a_buddy_who_is_the_manager_gets_one_mail(self):
        self.enroll(self.MONDAY, now=TUESDAY + dt.timedelta(days=2), buddy=self.manager)

        (mail,) = Mail.objects.filter(kind='first_day')
        self.assertIn('You are their buddy.', mail.body)

    def test_an_onboarding_that_was_stopped_is_not_told_of(self):
        run = self.enroll(self.MONDAY, now=TUESDAY - dt.timedelta(days=7)).run
        runs.end_run(run=run, by=self.manager, now=TUESDAY)

        self.assertEqual(self.remind(dt.date(2026, 11, 18)), 0)

    def test_asking_costs_the_same_when_nobody_starts_soon(self):
        self.enroll()

        with self.assertNumQueries(1):
            self.remind(dt.date(2026, 12, 1))


class AddressTests(TestCase):
    def test_links_are_whole_addresses(self):
        self.assertEqual(whole_address('/onboarding/3/'), 'http://localhost:8000/onboarding/3/')
