import datetime as dt
from collections import Counter
from io import StringIO

from django.core.management import CommandError, call_command
from django.test import TestCase
from django.utils import timezone

from accounts.models import Holiday, HolidayCalendar, Mail, Organization, User
from onboarding.models import Enrollment
from playbooks import approving
from playbooks.days import calendar_of, today_for
from playbooks.drafts import text_hash
from playbooks.integrity import check_all
from playbooks.models import Acknowledgement, Approval, Area, Kind, Playbook, Run, RunItem, Suggestion, Version
from tests.factories import make_user

TRACK = 'new-product-manager-first-90-days'


def load(*args):
    out = StringIO()
    call_command('starter_content', *args, stdout=out)
    return out.getvalue()


class StarterContentTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.printed = load()

    def test_it_brings_areas_types_playbooks_a_track_and_holidays(self):
        kinds_in_use = Kind.objects.filter(playbooks__current_version__isnull=False).distinct()

        self.assertEqual((Area.objects.count(), Kind.objects.count(), kinds_in_use.count()), (5, 11, 11))
        self.assertEqual(set(Playbook.objects.values_list('current_version__number', flat=True)), {1})
        self.assertTrue(Playbook.objects.get(slug=TRACK).kind.is_track)
        self.assertGreaterEqual(HolidayCalendar.objects.count(), 12)
        self.assertGreater(Holiday.objects.filter(calendar__code='PT').count(), 40)
        self.assertFalse(User.objects.exists())

    def test_every_version_says_whose_words_it_holds(self):
        said = set(Version.objects.values_list('author', 'author_name', 'publisher_name'))

        self.assertEqual(said, {(None, 'Rampbook', 'Rampbook')})

    def test_loading_again_changes_nothing_that_is_there(self):
        area = Area.objects.get(slug='research')
        area.name = 'What we know'
        area.save()
        versions = Version.objects.count()

        self.assertIn('Added 0 areas, 0 types, 0 playbooks and 0 public holidays', load())

        area.refresh_from_db()
        self.assertEqual((area.name, Version.objects.count()), ('What we know', versions))


class SamplePeopleTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        load('--demo-people')

    def enrollment(self, who):
        return Enrollment.objects.select_related('run__owner').get(run__owner__email=f'{who}@example.com')

    def states(self, who):
        return Counter(self.enrollment(who).run.items.values_list('state', flat=True))

    def day(self, who):
        """Working days since the first one."""
        run = self.enrollment(who).run
        return calendar_of(run.calendar_id).working_days_between(run.anchor_on, today_for(run.owner))

    def overdue(self, who):
        run = self.enrollment(who).run
        return {item.key for item in run.items.all() if item.is_overdue(today_for(run.owner)) and not item.optional}

    def test_the_five_that_the_documentation_names_sign_in_with_the_password(self):
        for who in ('pm', 'buddy', 'manager', 'ops', 'admin'):
            signed_in = self.client.login(email=f'{who}@example.com', password='rampbook-demo')
            self.assertTrue(signed_in, who)
            self.client.logout()

    def test_they_are_all_marked_and_their_addresses_lead_nowhere(self):
        self.assertTrue(Organization.objects.get().is_sample)
        self.assertFalse(User.objects.filter(is_sample=False).exists())
        self.assertFalse(User.objects.exclude(email__endswith='@example.com').exists())

    def test_one_has_suggested_a_change_and_a_definition_is_approved(self):
        suggestion = Suggestion.objects.get()
        approval = Approval.objects.select_related('draft__playbook__kind', 'approver').get()
        draft = approval.draft

        self.assertEqual((suggestion.author.email, suggestion.state), ('pm@example.com', 'open'))
        self.assertEqual(suggestion.remarks.get().author.email, 'ops@example.com')
        self.assertEqual(approval.text_hash, text_hash(draft.title, draft.text, draft.fields))
        self.assertEqual(
            [one.approver.email for one in approving.counting(draft.playbook, approval.text_hash, draft.hands())],
            ['ops@example.com'],
        )

    def test_two_managers_under_one_head_and_six_new_pms_under_them(self):
        managers = User.objects.filter(reports__runs__enrollment__isnull=False).distinct()

        self.assertEqual(set(managers.values_list('email', flat=True)), {'manager@example.com', 'manager2@example.com'})
        self.assertEqual(set(managers.values_list('reports_to__email', flat=True)), {'head@example.com'})
        self.assertEqual(Enrollment.objects.count(), 6)

    def test_one_has_not_started_yet(self):
        run = self.enrollment('sofia').run

        self.assertEqual((self.states('sofia'), run.anchor_on.weekday()), (Counter(to_do=41), 0))
        self.assertTrue(0 < (run.anchor_on - today_for(run.owner)).days <= 7)

    def test_one_is_in_the_first_week_and_on_pace(self):
        self.assertEqual((self.day('jonas'), self.overdue('jonas')), (3, set()))
        self.assertGreater(self.states('jonas')['done'], 5)

    def test_one_is_on_day_23_with_changes_asked_and_something_awaiting_sign_off(self):
        items = self.enrollment('pm').run.items

        self.assertEqual(self.day('pm'), 23)
        self.assertEqual([item.key for item in items.exclude(returned_at=None)], ['three-interviews'])
        self.assertEqual([item.key for item in items.filter(state='awaiting')], ['stakeholder-map'])

    def test_one_waits_for_somebody_and_has_finished_nothing_for_long(self):
        items = self.enrollment('amara').run.items
        latest = items.exclude(done_at=None).latest('done_at').done_at

        self.assertEqual([item.key for item in items.exclude(waiting_for=None)], ['recompute-figure'])
        self.assertGreater(timezone.now() - latest, dt.timedelta(days=14))
        self.assertTrue(self.overdue('amara'))

    def test_one_is_nearly_finished_and_one_is(self):
        self.assertEqual((self.states('lucas')['to_do'], self.overdue('lucas')), (3, set()))
        self.assertIsNotNone(self.enrollment('hana').run.finished_at)
        self.assertEqual(self.states('hana'), Counter(done=39, waived=1))

    def test_launches_are_over_and_under_way(self):
        launches = Run.objects.filter(enrollment=None)

        self.assertEqual(launches.exclude(finished_at=None).count(), 1)
        self.assertEqual(launches.filter(finished_at=None).count(), 2)
        self.assertTrue(RunItem.objects.filter(run__in=launches, state='waived').exists())

    def test_a_playbook_changed_since_some_of_them_read_it(self):
        ritual = Playbook.objects.get(slug='prioritization-ritual')
        numbers = Acknowledgement.objects.filter(playbook=ritual).values_list('number', flat=True)

        self.assertEqual(ritual.current_version.number, 3)
        self.assertEqual(ritual.current_version.publisher.email, 'ops@example.com')
        self.assertEqual(set(numbers), {2})

    def test_one_playbook_has_not_been_checked_for_long(self):
        unchecked = Playbook.objects.filter(verifications=None)

        self.assertEqual([playbook.slug for playbook in unchecked], ['tool-evaluation'])

    def test_the_track_moved_on_under_those_who_are_under_way(self):
        numbers = dict(Enrollment.objects.values_list('run__owner__email', 'run__version__number'))

        self.assertEqual(numbers.pop('hana@example.com'), 1)
        self.assertEqual(set(numbers.values()), {2})
        self.assertTrue(self.enrollment('pm').run.items.filter(key='glossary', state='to_do').exists())

    def test_what_they_did_happened_in_order_and_adds_up(self):
        for run in Run.objects.all():
            at = list(run.events.order_by('seq').values_list('at', flat=True))
            self.assertEqual(at, sorted(at), run)
            self.assertLessEqual(at[-1], timezone.now())
        self.assertEqual(check_all(), [])

    def test_the_past_sends_no_mail(self):
        self.assertFalse(Mail.objects.exists())

    def test_adding_them_again_adds_nothing(self):
        runs, people = Run.objects.count(), User.objects.count()

        self.assertIn('The sample people are here already.', load('--demo-people'))
        self.assertEqual((Run.objects.count(), User.objects.count()), (runs, people))


class RefusalTests(TestCase):
    def test_a_site_with_real_accounts_gets_no_sample_people_and_no_content(self):
        make_user()

        with self.assertRaisesMessage(CommandError, 'This site has real accounts'):
            load('--demo-people')

        self.assertEqual((User.objects.count(), Playbook.objects.count()), (1, 0))
