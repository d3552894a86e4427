import datetime as dt
import re
import threading

from django.db import connection
from django.test import TestCase, TransactionTestCase
from django.urls import reverse
from django.utils import timezone

from accounts.models import HolidayCalendar, Mail, User
from onboarding.enrolling import AlreadyEnrolled, enroll
from onboarding.models import Enrollment
from playbooks.models import Event, Run, RunNote
from tests.factories import make_admin, make_editor, make_playbook, make_track, make_user

TRACK = """\
## Week 1

- [ ] Sign in everywhere {#sign-in due=+1wd}
- [ ] Meet the team {#meet due=+3wd}

## Later

- [ ] Hand in a brief {#brief due=+20wd signoff=manager}
"""


def weekday(days):
    """A working day so many days from today, or the one before it."""
    day = timezone.localdate() + dt.timedelta(days=days)
    return day - dt.timedelta(days=max(day.weekday() - 4, 0))


class StarterCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.head = make_user('Henrik Head')
        cls.manager = make_user('Ingrid Manager', reports_to=cls.head, time_zone='Europe/Lisbon')
        cls.report = make_user('Priya Report', reports_to=cls.manager)
        cls.outsider = make_user('Otto Outsider', email='otto@example.com', reports_to=cls.head)
        cls.editor = make_editor()
        cls.track = make_track('first-90-days', text=TRACK)
        cls.calendar = HolidayCalendar.objects.create(code='PT', name='Portugal')
        cls.url = reverse('onboarding:starter_new')

    def setUp(self):
        self.client.force_login(self.manager)

    def answers(self, **changes):
        return {
            'name': 'Maya Okafor',
            'email': 'Maya@Example.com',
            'reports_to': self.manager.pk,
            'buddy': self.report.pk,
            'track': self.track.pk,
            'first_day': weekday(30).isoformat(),
            'time_zone': 'Europe/Lisbon',
            'holiday_calendar': self.calendar.pk,
        } | changes

    def assert_nothing_saved(self):
        self.assertFalse(User.objects.filter(email='maya@example.com').exists())
        self.assertFalse(Enrollment.objects.exists())
        self.assertFalse(Mail.objects.exists())


class StarterNewTests(StarterCase):
    def test_one_page_makes_person_line_buddy_track_and_first_day(self):
        response = self.client.post(self.url, self.answers())

        maya = User.objects.get(email='maya@example.com')
        run = Enrollment.objects.get().run
        self.assertEqual(response.headers['Location'], run.enrollment.get_absolute_url())
        self.assertEqual((maya.name, maya.reports_to, maya.time_zone), ('Maya Okafor', self.manager, 'Europe/Lisbon'))
        self.assertEqual((maya.holiday_calendar, maya.has_usable_password()), (self.calendar, False))
        self.assertEqual((run.owner, run.playbook, run.anchor_on), (maya, self.track, weekday(30)))
        self.assertEqual((run.visibility, run.calendar), (Run.Visibility.PRIVATE, self.calendar))
        self.assertEqual([(role.role, role.person) for role in run.roles.all()], [('buddy', self.report)])
        self.assertEqual(run.enrollment.added_by, self.manager)

    def test_the_link_in_the_invitation_sets_a_password_that_signs_in(self):
        self.client.post(self.url, self.answers())
        self.client.logout()
        mail = Mail.objects.get(kind='invitation')
        link = re.search(r'http://localhost:8000(/accounts/password/reset/key/\S+)', mail.body).group(1)

        form = self.client.get(link, follow=True)
        password = {'password1': 'sunny river stone', 'password2': 'sunny river stone'}
        self.client.post(form.redirect_chain[-1][0], password)

        self.assertTrue(User.objects.get(email='maya@example.com').check_password('sunny river stone'))
        signed_in = self.client.post(
            reverse('account_login'), {'login': 'maya@example.com', 'password': 'sunny river stone'}
        )
        self.assertEqual((signed_in.status_code, signed_in.headers['Location']), (302, '/'))
        self.assertEqual((mail.to, mail.person.email), ('maya@example.com', 'maya@example.com'))

    def test_the_link_works_once(self):
        self.client.post(self.url, self.answers())
        self.client.logout()
        link = re.search(r'http://localhost:8000(/accounts/password/reset/key/\S+)', Mail.objects.get().body).group(1)
        maya = User.objects.get(email='maya@example.com')
        maya.set_password('sunny river stone')
        maya.save()

        page = self.client.get(link, follow=True)

        self.assertFalse(page.redirect_chain)
        self.assertTrue(page.context['token_fail'])

    def test_an_editor_starts_anybody_under_anybody(self):
        self.client.force_login(self.editor)

        self.client.post(self.url, self.answers(reports_to=self.outsider.pk))

        self.assertEqual(Enrollment.objects.get().run.owner.reports_to, self.outsider)

    def test_a_manager_names_as_manager_only_themselves_and_those_below(self):
        for allowed in (self.manager, self.report):
            response = self.client.post(
                self.url, self.answers(reports_to=allowed.pk, email=f'x{allowed.pk}@example.com')
            )
            self.assertEqual(response.status_code, 302)
        for refused in (self.head, self.outsider, self.editor):
            response = self.client.post(self.url, self.answers(reports_to=refused.pk))
            self.assertEqual(set(response.context['form'].errors), {'reports_to'})
        self.assertFalse(User.objects.filter(email='maya@example.com').exists())

    def test_bad_answers_are_refused_at_their_fields_and_nothing_is_saved(self):
        guide = make_playbook('guide', text='Words.\n')
        bad = {
            'name': ' ',
            'email': 'nobody',
            'buddy': 999999,
            'track': guide.pk,
            'first_day': '2026-02-30',
            'time_zone': 'Mars/Olympus',
            'holiday_calendar': 999999,
        }

        response = self.client.post(self.url, self.answers(**bad))

        self.assertEqual(response.status_code, 422)
        self.assertEqual(set(response.context['form'].errors), set(bad))
        self.assertContains(response, 'aria-invalid="true"', count=len(bad), status_code=422)
        self.assert_nothing_saved()

    def test_a_year_mistyped_by_a_century_is_refused(self):
        response = self.client.post(self.url, self.answers(first_day='2126-11-23'))

        self.assertEqual(set(response.context['form'].errors), {'first_day'})
        self.assert_nothing_saved()

    def test_nobody_is_their_own_buddy(self):
        response = self.client.post(self.url, self.answers(email=self.report.email.upper()))

        self.assertEqual(set(response.context['form'].errors), {'buddy'})
        self.assert_nothing_saved()

    def test_a_restricted_track_is_not_offered_to_who_may_not_read_it(self):
        secret = make_track('secret-track', text=TRACK, audience=('Leads',))

        response = self.client.post(self.url, self.answers(track=secret.pk))

        self.assertEqual(set(response.context['form'].errors), {'track'})
        self.assertNotContains(self.client.get(self.url), 'Secret track')
        self.assert_nothing_saved()

    def test_the_cost_does_not_grow_with_people_and_tracks(self):
        self.client.get(self.url)
        with self.assertNumQueries(8):
            self.client.get(self.url)

        for number in range(4):
            make_track(f'track-{number}', text=TRACK)
            make_user(reports_to=self.report)

        with self.assertNumQueries(8):
            self.client.get(self.url)


class FurtherTrackTests(StarterCase):
    """Somebody who is here already starts a further track."""

    def test_their_account_stays_as_it_is_whatever_the_form_says(self):
        before = User.objects.filter(email=self.report.email).values().get()

        response = self.client.post(
            self.url,
            self.answers(
                email=self.report.email, name='Hacked', buddy='', reports_to=self.manager.pk, time_zone='Asia/Tokyo'
            ),
        )

        self.assertEqual(response.status_code, 302)
        self.assertEqual(User.objects.filter(email=self.report.email).values().get(), before)
        self.assertEqual(Enrollment.objects.get().run.owner, self.report)

    def test_who_has_a_password_gets_no_invitation(self):
        self.report.set_password('sunny river stone')
        self.report.save()

        self.client.post(self.url, self.answers(email=self.report.email, buddy=''))

        self.assertFalse(Mail.objects.filter(kind='invitation').exists())

    def test_the_same_track_twice_at_a_time_is_refused_and_the_first_goes_on(self):
        self.client.post(self.url, self.answers(email=self.report.email, buddy=''))

        response = self.client.post(self.url, self.answers(email=self.report.email, buddy=''))

        self.assertContains(response, 'Priya Report is under way on this track already.', status_code=422)
        self.assertEqual(Enrollment.objects.count(), 1)

    def test_another_track_beside_the_first_is_fine(self):
        other = make_track('second-track', text=TRACK)
        for track in (self.track, other):
            self.client.post(self.url, self.answers(email=self.report.email, buddy='', track=track.pk))

        self.assertEqual({e.run.playbook for e in Enrollment.objects.all()}, {self.track, other})

    def test_of_somebody_elses_people_a_manager_learns_and_changes_nothing(self):
        response = self.client.post(self.url, self.answers(email='OTTO@example.com'))

        self.assertContains(response, 'Ask an editor.', status_code=422)
        self.assertNotIn('Outsider', str(response.context['form'].errors))
        self.assertFalse(Enrollment.objects.exists())
        self.assertFalse(Mail.objects.exists())

    def test_an_account_that_was_closed_is_not_brought_back(self):
        closed = make_user(reports_to=self.manager, is_active=False)

        response = self.client.post(self.url, self.answers(email=closed.email, buddy=''))

        self.assertEqual(response.status_code, 422)
        self.assertFalse(Enrollment.objects.exists())


class PastFirstDayTests(StarterCase):
    """With a first day in the past a second step asks what was done elsewhere."""

    def past(self, **changes):
        return self.answers(first_day=weekday(-14).isoformat(), **changes)

    def test_the_second_step_lists_what_was_due_before_today_and_saves_nothing_yet(self):
        response = self.client.post(self.url, self.past())

        self.assertEqual(response.status_code, 200)
        self.assertEqual([row.item.key for row in response.context['elsewhere'].due], ['sign-in', 'meet'])
        self.assertContains(response, '<input type="hidden" name="email" value="Maya@Example.com">', html=True)
        self.assert_nothing_saved()

    def test_what_is_ticked_is_done_by_whom_and_the_rest_gets_a_new_date(self):
        self.client.post(self.url, self.past(second_step='yes', done=['sign-in']))

        run = Enrollment.objects.get().run
        items = {item.key: item for item in run.items.all()}
        self.assertEqual((items['sign-in'].state, items['sign-in'].done_by), ('done', self.manager))
        self.assertEqual(items['sign-in'].done_for, run.owner)
        self.assertEqual(items['meet'].state, 'to_do')
        self.assertGreaterEqual(items['meet'].due_on, timezone.localdate() + dt.timedelta(days=5))
        note = RunNote.objects.get(run=run, kind='elsewhere')
        self.assertEqual((note.key, note.author), ('sign-in', self.manager))
        self.assertEqual(Event.objects.get(run=run, action='done_elsewhere').actor, self.manager)

    def test_nothing_ticked_is_an_answer_too(self):
        self.client.post(self.url, self.past(second_step='yes'))

        self.assertEqual(set(Enrollment.objects.get().run.items.values_list('state', flat=True)), {'to_do'})

    def test_what_was_not_due_yet_cannot_be_ticked(self):
        response = self.client.post(self.url, self.past(second_step='yes', done=['brief']))

        self.assertEqual(response.status_code, 422)
        self.assert_nothing_saved()

    def test_the_hidden_answers_are_checked_again(self):
        response = self.client.post(self.url, self.past(second_step='yes', reports_to=self.head.pk))

        self.assertEqual((response.status_code, set(response.context['form'].errors)), (422, {'reports_to'}))
        self.assert_nothing_saved()


class AccessTests(TestCase):
    def test_who_may_open_the_page(self):
        manager = make_user()
        make_user(reports_to=manager)
        kinds = {
            'member': make_user(),
            'manager': manager,
            'editor': make_editor(),
            'admin': make_admin(),
            'manager of people who left': make_user(),
        }
        make_user(reports_to=kinds['manager of people who left'], is_active=False)
        answers = {}
        for kind, person in kinds.items():
            self.client.force_login(person)
            answers[kind] = (
                self.client.get(reverse('onboarding:starter_new')).status_code,
                self.client.post(reverse('onboarding:starter_new')).status_code,
            )

        self.assertEqual(
            answers,
            {
                'member': (404, 404),
                'manager': (200, 422),
                'editor': (200, 422),
                'admin': (404, 404),
                'manager of people who left': (404, 404),
            },
        )

    def test_signed_out_one_is_asked_to_sign_in(self):
        url = reverse('onboarding:starter_new')

        self.assertRedirects(self.client.get(url), f'{reverse("account_login")}?next={url}')

    def test_only_reading_and_posting(self):
        self.client.force_login(make_editor())

        self.assertEqual(self.client.delete(reverse('onboarding:starter_new')).status_code, 405)


class EnrollRaceTests(TransactionTestCase):
    def test_two_managers_in_the_same_second_start_one_onboarding(self):
        manager = make_user()
        person = make_user(reports_to=manager)
        track = make_track('first-90-days', text=TRACK)
        start, outcomes = threading.Barrier(2), []

        def go():
            try:
                start.wait()
                enroll(person=person, track=track, first_day=weekday(30), by=manager)
                outcomes.append('started')
            except AlreadyEnrolled:
                outcomes.append('already')
            finally:
                connection.close()

        threads = [threading.Thread(target=go) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        self.assertEqual(sorted(outcomes), ['already', 'started'])
        self.assertEqual(Enrollment.objects.count(), 1)
