"""What somebody may try who wants more than the site gives them. Source: DESIGN.md, Who may do what, Invariant 8."""

from datetime import date, timedelta

from django.contrib.auth.models import Group
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from accounts.models import Mail
from accounts.outbox import queue_mail
from onboarding import actions
from playbooks import runs
from playbooks.models import Playbook, RunRole
from tests.factories import (
    CHECKLIST,
    make_admin,
    make_editor,
    make_enrollment,
    make_playbook,
    make_track,
    make_user,
    publish_text,
)

BEYOND = '9' * 30  # more than the whole numbers of either database

TRACK = """\
## Week 1

- [ ] Meet the team {#team due=+2wd}
- [ ] Do the training {#training role=coach due=+3wd}
- [ ] Lead one planning {#planning due=+18wd signoff=manager milestone}
- [ ] Write the brief {#brief due=+19wd signoff=manager}
- [ ] Write the secret plan {#secret-plan due=+20wd}
"""


class EnrollmentTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.boss = make_user('Bea Boss')
        cls.manager = make_user('Mia Manager', reports_to=cls.boss)
        cls.buddy = make_user('Bob Buddy')
        cls.enrollment = make_enrollment(
            track=make_track(text=TRACK),
            manager=cls.manager,
            buddy=cls.buddy,
            first_day=timezone.localdate() - timedelta(60),
        )
        cls.doing = cls.enrollment.run
        cls.starter = cls.doing.owner
        cls.coach = make_user('Cleo Coach')
        RunRole.objects.create(run=cls.doing, role='coach', person=cls.coach)

    def page(self, person, name, *args, **query):
        self.client.force_login(person)
        return self.client.get(reverse(name, args=args), query)

    def test_who_holds_some_other_role_learns_nothing_of_the_pace_from_the_list(self):
        self.assertNotContains(self.page(self.coach, 'onboarding:enrollments'), 'Maya')
        self.assertContains(self.page(self.buddy, 'onboarding:enrollments'), 'Maya')
        self.assertContains(self.page(self.boss, 'onboarding:enrollments'), 'Maya')
        self.assertContains(self.page(self.starter, 'onboarding:enrollments'), 'Maya')

    def test_why_somebody_was_excused_from_a_milestone_is_a_judgement(self):
        runs.waive(run=self.doing, key='planning', by=self.manager, reason='other', note='Not up to it yet.')

        for name, args in (('enrollment', ()), ('enrollment_item', ('planning',))):
            address = (f'onboarding:{name}', self.enrollment.pk, *args)
            self.assertContains(self.page(self.starter, *address), 'Not up to it yet.')
            self.assertNotContains(self.page(self.buddy, *address), 'Not up to it yet.')
            self.assertNotContains(self.page(self.boss, *address), 'Not up to it yet.')

    def test_what_happened_lately_says_nothing_of_work_and_judgements_to_who_may_not_see_them(self):
        for key in ('planning', 'brief'):
            runs.complete(run=self.doing, key=key, by=self.starter, shown_number=1)
            runs.return_item(run=self.doing, key=key, by=self.manager, note='Again, please.')
        runs.comment(run=self.doing, key='brief', by=self.starter, note='Of course.')
        seen = {
            person.first_name: self.page(person, 'onboarding:person', self.enrollment.pk).context['page'].happenings
            for person in (self.manager, self.buddy, self.boss)
        }
        told = {name: [(one.item, one.words) for one in found] for name, found in seen.items()}

        self.assertIn(('Lead one planning', 'changes asked'), told['Mia'])
        self.assertNotIn(('Lead one planning', 'changes asked'), told['Bob'])
        self.assertIn(('Write the brief', 'changes asked'), told['Bob'])
        self.assertNotIn(('Write the brief', 'changes asked'), told['Bea'])
        self.assertNotIn(('Write the brief', 'commented'), told['Bea'])

    def test_the_stand_in_who_is_named_finds_what_waits_for_them(self):
        helper = make_user('Sue Standin')
        make_user('Nobody', reports_to=self.starter)
        RunRole.objects.create(run=self.doing, role='stand-in', person=helper)
        runs.complete(run=self.doing, key='brief', by=self.starter, shown_number=1)
        self.starter.reports_to = None
        self.starter.save()

        self.assertEqual([row.item.key for row in runs.to_sign(helper)], ['brief'])
        page = self.page(helper, 'onboarding:enrollment_item', self.enrollment.pk, 'brief')
        self.assertContains(page, 'Sign off')
        self.assertNotContains(self.page(helper, 'onboarding:enrollment', self.enrollment.pk), 'secret plan')


class RestrictedRunTests(TestCase):
    def test_whoever_may_not_read_a_playbook_any_more_cannot_move_their_run_to_its_next_version(self):
        captain = make_user('Carl Captain')
        playbook = make_playbook('pay-bands', versions=1)
        run = runs.start_run(version=playbook.current_version, owner=captain, anchor_on=date(2026, 12, 1), by=captain)
        playbook.audience.add(Group.objects.create(name='Leads'))
        publish_text(playbook, f'{CHECKLIST}\nWhat only leads may know.\n')
        self.client.force_login(captain)

        page = self.client.get(reverse('playbooks:run', args=[run.pk]))
        self.client.post(reverse('playbooks:run_version', args=[run.pk]), {'number': 2})

        self.assertNotContains(page, 'v2')
        self.assertEqual(self.client.get(reverse('playbooks:version', args=['pay-bands', 2])).status_code, 404)
        self.assertEqual(self.client.get(reverse('playbooks:version', args=['pay-bands', 1])).status_code, 200)
        run.refresh_from_db()
        self.assertEqual(run.version.number, 1)


class AdministrationTests(TestCase):
    def setUp(self):
        self.client.force_login(make_admin())

    def count(self, model, **query):
        page = self.client.get(reverse(f'admin:{model}_changelist'), query)
        return page.context['cl'].result_count if page.status_code == 200 else page.status_code

    def test_passwords_cannot_be_guessed_letter_by_letter(self):
        person = make_user(password='a long password')

        self.assertEqual(self.count('accounts_user', password__startswith=person.password[:10]), 400)
        self.assertEqual(self.count('accounts_user', is_active__exact=1), 2)

    def test_what_mails_say_can_be_neither_read_nor_guessed(self):
        mail = queue_mail(to='x@example.com', kind='changes_asked', subject='Changes asked: Brief', body='Thin stuff.')

        page = self.client.get(reverse('admin:accounts_mail_change', args=[mail.pk]))
        self.assertNotContains(page, 'Thin stuff.')
        self.assertNotContains(page, 'Brief')
        self.assertNotContains(self.client.get(reverse('admin:accounts_mail_changelist')), 'Brief')
        for query in ({'body__contains': 'Thin'}, {'subject__contains': 'Brief'}):
            self.assertEqual(self.count('accounts_mail', **query), 400)
        self.assertEqual(self.count('accounts_mail', q='Brief'), 0)
        self.assertEqual(self.count('accounts_mail', kind__exact='changes_asked'), 1)

    def test_a_group_that_a_playbook_is_kept_for_stays_or_everybody_could_read_it(self):
        make_playbook('pay-bands', versions=1, audience=('Leads',))
        leads, others = Group.objects.get(name='Leads'), Group.objects.create(name='Others')

        answers = [
            self.client.post(reverse('admin:auth_group_delete', args=[group.pk]), {'post': 'yes'}).status_code
            for group in (leads, others)
        ]

        self.assertEqual(answers, [403, 302])
        self.assertEqual(Playbook.objects.get().audience.get(), leads)


class OddInputTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.editor = make_editor()
        cls.playbook = make_playbook('launch', versions=1)
        cls.doing = runs.start_run(
            version=cls.playbook.current_version, owner=cls.editor, anchor_on=date(2026, 12, 1), by=cls.editor
        )

    def setUp(self):
        self.client.force_login(self.editor)

    def test_numbers_beyond_the_databases_are_nowhere_an_error(self):
        for name, args in (
            ('runs', ()),
            ('run', (BEYOND,)),
            ('run_item', (BEYOND, 'promise')),
            ('run_move', (BEYOND,)),
        ):
            status = self.client.get(reverse(f'playbooks:{name}', args=args), {'page': BEYOND}).status_code
            self.assertEqual(status, 404 if args else 200, name)

    def test_people_and_groups_beyond_the_databases_are_no_choice(self):
        fields = {'name': 'One', 'anchor_on': '2026-12-01', 'role-stand-in': [BEYOND]}
        started = self.client.post(reverse('playbooks:run_new', args=['launch']), fields)
        kept = self.client.post(reverse('playbooks:playbook_settings', args=['launch']), {'audience': [BEYOND]})

        self.assertEqual((started.status_code, kept.status_code), (422, 422))

    def test_a_key_with_a_nul_is_no_item(self):
        for action in ('hand-in', 'take-back', 'complete', 'comment'):
            address = reverse('playbooks:run_item_action', args=[self.doing.pk, '\x00', action])
            answer = self.client.post(address, {'version': 1, 'text': 'x', 'note': 'x', 'evidence': 1})
            self.assertEqual(answer.status_code, 404, action)

    def test_days_at_the_ends_of_the_calendar_are_refused(self):
        for day in ('0001-01-01', '9999-12-31'):
            for method in ('get', 'post'):
                answer = getattr(self.client, method)(reverse('playbooks:run_move', args=[self.doing.pk]), {'to': day})
                self.assertEqual(answer.status_code, 422, f'{method} {day}')

    def test_a_tag_longer_than_tags_are_is_refused(self):
        fields = {'area': self.playbook.area_id, 'tags': 'x' * 101}

        answer = self.client.post(reverse('playbooks:playbook_settings', args=['launch']), fields)

        self.assertEqual(answer.status_code, 422)


class MailTests(TestCase):
    def test_a_name_of_several_lines_writes_no_mail(self):
        starter = make_enrollment(track=make_track(text=TRACK)).run.owner
        self.client.force_login(starter)
        fields = {
            'name': 'Maya\n\nSign in at https://evil.example',
            'time_zone': 'UTC',
            'locale': 'en-us',
            'theme': 'auto',
        }
        self.client.post(reverse('accounts:profile'), fields)
        starter.refresh_from_db()

        actions.complete(run=starter.runs.get(), key='brief', by=starter, shown_number=1)

        mail = Mail.objects.get(kind='sign_off_asked')
        self.assertIn('asks for your sign-off', mail.subject)
        self.assertNotIn('\nSign in', mail.body)
