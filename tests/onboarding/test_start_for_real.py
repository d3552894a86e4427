import datetime as dt
from io import StringIO

from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization, User
from onboarding.enrolling import enroll
from playbooks import approving, runs, suggesting, talk
from playbooks.drafts import save_draft, start_draft
from playbooks.files import add_file
from playbooks.integrity import check_all
from playbooks.models import (
    Approval,
    ApprovalRequest,
    CaughtUp,
    Draft,
    Event,
    Evidence,
    Expectation,
    Helped,
    Intake,
    IntakeDocument,
    Kind,
    Mention,
    Notice,
    Playbook,
    Remark,
    RequiredReading,
    Run,
    RunItem,
    Schedule,
    SoughtInVain,
    Suggestion,
    Version,
    Watch,
)
from playbooks.publishing import PublishAnswers, publish
from tests.factories import make_admin, make_editor, make_playbook, make_track, make_user, publish_text

TRACK = """\
- [ ] Say hello {#hello due=+1wd signoff=buddy}
- [ ] Write {#write kind=submit signoff=manager}
- [ ] Wait {#wait}
- [ ] Skip {#skip}
"""
ANSWERS = {
    'company': 'Acme & Söhne',
    'name': 'Ada Real',
    'email': 'ada@acme.example.org',
    'password': 'sunny river stone',
}


class RealCase(TestCase):
    """A site with sample people, and one real person whom a sample manager has added meanwhile."""

    @classmethod
    def setUpTestData(cls):
        sample = {'is_sample': True, 'password': 'rampbook-demo'}
        Organization.objects.create(pk=1, name='Tidewater', is_sample=True)
        cls.admin = make_admin(**sample)
        cls.editor = make_editor(**sample)
        cls.manager = make_user('Ingrid Solberg', **sample)
        cls.buddy = make_user('Priya Nair', **sample)
        cls.maya = make_user('Maya Okafor', reports_to=cls.manager, **sample)
        cls.real = make_user('Rita Real', reports_to=cls.manager)
        cls.track = make_track('first-90-days', text=TRACK, owner=cls.editor)
        publish_text(cls.track, f'{TRACK}\nMore.\n', author=cls.editor, author_name='Edith', publisher=cls.editor)
        cls.kept = make_playbook('kept', versions=2, owner=cls.maya, co_owner=cls.editor)
        cls.url = reverse('onboarding:start_for_real')

    def onboard(self, person):
        """Somebody's onboarding in which others have had their hand in every way."""
        self.track.refresh_from_db()
        run = enroll(
            person=person, track=self.track, first_day=self.days(-3), by=self.manager, buddy=self.buddy,
            elsewhere={'skip': 'At her last company.'},
        ).run  # fmt: skip
        at = {'run': run, 'shown_number': 2}
        runs.complete(**at, key='hello', by=person)
        runs.sign_off(**at, key='hello', by=self.buddy)
        runs.add_evidence(**at, key='write', by=person, kind=Evidence.Kind.TEXT, text='Words.')
        runs.comment(**at, key='write', by=self.manager, note='Nearly.')
        runs.wait_for(**at, key='wait', by=person, whom=self.buddy)
        return run

    def days(self, number):
        return timezone.localdate() + dt.timedelta(days=number)


class StartForRealTests(RealCase):
    def setUp(self):
        self.client.force_login(self.admin)

    def test_the_sample_people_and_their_runs_go_and_the_administrator_is_signed_in(self):
        self.onboard(self.maya)

        response = self.client.post(self.url, ANSWERS)

        self.assertEqual((response.status_code, response.headers['Location']), (302, '/'))
        ada = User.objects.get(email='ada@acme.example.org')
        self.assertEqual(self.client.session['_auth_user_id'], str(ada.pk))
        self.assertEqual(set(User.objects.all()), {ada, self.real})
        self.assertTrue(ada.is_admin and ada.is_editor and not ada.is_sample)
        self.assertEqual((Run.objects.count(), Evidence.objects.count(), Draft.objects.count()), (0, 0, 0))

    def test_what_they_wrote_together_goes_and_what_was_published_of_it_stays(self):
        page = Playbook.objects.select_related('kind', 'current_version').get(pk=self.kept.pk)
        suggested = start_draft(playbook=page, author=self.buddy)
        suggested = save_draft(
            draft=suggested, title='Kept', text='Better.\n', fields={}, shown_revision=suggested.revision
        )
        suggesting.write_with(draft=suggested, person=self.real, by=self.buddy)
        taken = suggesting.send(draft=suggested, by=self.buddy)
        asked = talk.say(playbook=page, draft=suggested, suggestion=taken, by=self.editor, text='Why?').remark
        talk.reply(thread=asked, by=self.real, text='I know why.')
        Kind.objects.update(approval=Kind.Approval.EDITOR)
        page = Playbook.objects.select_related('kind', 'current_version').get(pk=self.kept.pk)
        suggested = Draft.objects.select_related('base', 'author').get()
        suggested.playbook = page
        approving.ask(draft=suggested, people=[self.editor], by=self.buddy)
        approving.approve(playbook=page, draft=suggested, by=self.editor)
        version = publish(draft=suggested, editor=self.maya, answers=PublishAnswers('clarification', 'Better.'))
        self.leave_a_row_everywhere(version)
        real_word = talk.say(playbook=page, by=self.real, text='By somebody real.').remark
        talk.reply(thread=real_word, by=self.editor, text='By a sample person.')

        self.client.post(self.url, ANSWERS)

        version.refresh_from_db()
        self.assertEqual((version.author, version.author_name, version.text), (None, 'Sample person', 'Better.\n'))
        self.assertEqual({credit.name for credit in version.credits.all()}, {'Rita Real'})
        self.assertEqual([remark.text for remark in Remark.objects.filter(author=self.real)], ['By somebody real.'])
        self.assertFalse(Remark.objects.filter(text='By a sample person.').exists())
        for model in (Suggestion, Approval, ApprovalRequest, Draft, Schedule, Expectation, Helped, Watch, CaughtUp):
            self.assertEqual((model.__name__, model.objects.count()), (model.__name__, 0))
        self.assertEqual(check_all(), [])

    def leave_a_row_everywhere(self, version):
        """One row of each table that names people, by the sample editor."""
        editor, page = self.editor, version.playbook
        draft = Draft.objects.create(playbook=page, author=editor, base=version, title='Kept', text='More.\n')
        ApprovalRequest.objects.create(draft=draft, person=self.maya, asked_by=editor)
        suggestion = Suggestion.objects.create(playbook=page, draft=draft, author=editor, base=version, version=version)
        suggestion.steps.create(state='open', by=editor)
        Schedule.objects.create(
            playbook=page, draft=draft, text_hash='x', at=timezone.now(), by=editor, version=version
        )
        Expectation.objects.create(
            version=version, playbook=page, author=editor, text='Fewer.', look_on=timezone.localdate()
        )
        note = Remark.objects.create(
            playbook=page, kind='question', number=3, text='What?', author=editor, resolved_by=editor, taken_in=draft,
            resolved_at=timezone.now(),
        )  # fmt: skip
        note.asks.add(self.maya)
        Mention.objects.create(remark=note, person=self.maya)
        Helped.objects.create(playbook=page, number=3, person=editor, yes=True)
        SoughtInVain.objects.create(playbook=page, words='prices', person=editor)
        Notice.objects.create(person=self.real, actor=editor, kind='version', playbook=page, path='/')
        Watch.objects.create(person=editor, playbook=page)
        CaughtUp.objects.create(person=editor, at=timezone.now())
        RequiredReading.objects.create(playbook=page, asked_by=editor, ended_by=editor)
        add_file(playbook=page, name='a.txt', content=b'A.', by=editor)
        intake = Intake.objects.create(by=editor)
        IntakeDocument.objects.create(
            intake=intake, position=0, path='a.md', playbook=page, draft=draft, version=version
        )

    def test_the_administrator_signs_in_and_no_sample_password_works_any_more(self):
        self.client.post(self.url, ANSWERS)
        visitor = Client()

        self.assertTrue(visitor.login(email=ANSWERS['email'], password=ANSWERS['password']))
        for person in (self.admin, self.manager, self.maya):
            self.assertFalse(Client().login(email=person.email, password='rampbook-demo'))

    def test_who_was_signed_in_as_a_sample_person_is_signed_out(self):
        other = Client()
        other.force_login(self.maya)
        stays = Client()
        stays.force_login(self.real)

        self.client.post(self.url, ANSWERS)

        profile = reverse('accounts:profile')
        self.assertEqual((other.get(profile).status_code, stays.get(profile).status_code), (302, 200))
        self.assertEqual(Session.objects.count(), 2)

    def test_playbooks_stay_with_all_their_versions_and_belong_to_the_administrator(self):
        facts = ('pk', 'number', 'text', 'text_hash', 'note', 'published_at')
        before = list(Version.objects.order_by('pk').values(*facts))
        items = list(self.track.current_version.items.values_list('key', flat=True))

        self.client.post(self.url, ANSWERS)

        ada = User.objects.get(email=ANSWERS['email'])
        self.assertEqual(list(Version.objects.order_by('pk').values(*facts)), before)
        self.assertEqual(set(Playbook.objects.values_list('owner', 'co_owner')), {(ada.pk, None)})
        track = Playbook.objects.get(pk=self.track.pk)
        self.assertEqual(list(track.current_version.items.values_list('key', flat=True)), items)
        self.assertEqual(track.current_version.number, 2)

    def test_what_the_sample_people_said_about_pages_goes_and_what_real_people_said_stays(self):
        self.kept.refresh_from_db()
        alone = talk.say(playbook=self.kept, by=self.maya, kind='report', text='Maya says so.').remark
        talk.reply(thread=alone, by=self.editor, text='So it is.')
        answered = talk.say(playbook=self.kept, by=self.maya, text='Maya was here.').remark
        talk.reply(thread=answered, by=self.real, text='So was Rita.')
        talk.vote(playbook=self.kept, by=self.maya, number=2, yes=True)

        self.client.post(self.url, ANSWERS)

        self.assertEqual(
            set(Remark.objects.values_list('text', 'author')), {('', None), ('So was Rita.', self.real.pk)}
        )
        self.assertFalse(Helped.objects.exists())

    def test_versions_forget_who_the_sample_people_were(self):
        self.client.post(self.url, ANSWERS)

        version = Version.objects.get(playbook=self.track, number=2)
        self.assertEqual((version.author, version.publisher), (None, None))
        self.assertEqual((version.author_name, version.publisher_name), ('Sample person', 'Sample person'))

    def test_what_is_published_still_cannot_be_changed_afterwards(self):
        self.client.post(self.url, ANSWERS)

        with self.assertRaises(Exception) as refused:
            Version.objects.filter(number=2).update(note='changed')
        self.assertIn('rows never change', str(refused.exception))

    def test_the_company_is_named_and_the_bar_is_gone(self):
        self.assertContains(self.client.get(reverse('accounts:profile')), 'These are sample people')

        self.client.post(self.url, ANSWERS)

        page = self.client.get(reverse('accounts:profile'))
        self.assertContains(page, 'Acme &amp; Söhne')
        self.assertNotContains(page, 'These are sample people')

    def test_a_real_person_keeps_their_onboarding_and_what_they_earned(self):
        run = self.onboard(self.real)
        before = {item.key: (item.state, item.due_on, item.done_at) for item in run.items.all()}

        self.client.post(self.url, ANSWERS)

        self.assertEqual({item.key: (item.state, item.due_on, item.done_at) for item in run.items.all()}, before)
        hello = RunItem.objects.get(run=run, key='hello')
        self.assertEqual((hello.done_by, hello.signed_by), (self.real, None))
        self.assertIsNotNone(hello.signed_at)
        self.assertEqual(set(Event.objects.filter(run=run).values_list('actor', flat=True)), {self.real.pk, None})
        self.assertEqual([evidence.text for evidence in run.evidence.all()], ['Words.'])
        self.assertFalse(run.notes.exists())
        self.assertIsNone(User.objects.get(pk=self.real.pk).reports_to)

    def test_the_ledger_still_adds_up(self):
        self.onboard(self.real)
        self.onboard(self.maya)

        self.client.post(self.url, ANSWERS)

        self.assertEqual(check_all(), [])

    def test_an_address_of_a_sample_person_may_become_the_administrators(self):
        self.client.post(self.url, ANSWERS | {'email': self.admin.email.upper()})

        ada = User.objects.get(email=self.admin.email)
        self.assertEqual((ada.name, ada.is_sample), ('Ada Real', False))
        self.assertTrue(Client().login(email=self.admin.email, password=ANSWERS['password']))

    def test_bad_answers_are_refused_at_their_fields_and_everybody_stays(self):
        bad = {'company': '', 'name': '', 'email': 'nobody', 'password': 'short'}

        response = self.client.post(self.url, bad)

        self.assertEqual((response.status_code, set(response.context['form'].errors)), (422, set(bad)))
        self.assertEqual(User.objects.count(), 6)
        self.assertTrue(Organization.objects.get().is_sample)

    def test_the_address_of_a_real_person_is_not_taken_over(self):
        response = self.client.post(self.url, ANSWERS | {'email': self.real.email})

        self.assertEqual((response.status_code, set(response.context['form'].errors)), (422, {'email'}))
        self.assertEqual(User.objects.count(), 6)

    def test_the_password_is_not_shown_again(self):
        response = self.client.post(self.url, ANSWERS | {'email': 'nobody'})

        self.assertNotContains(response, ANSWERS['password'], status_code=422)

    def test_the_page_says_how_much_goes_and_stays(self):
        self.onboard(self.maya)

        page = self.client.get(self.url)

        self.assertContains(page, '5 sample people, with accounts')
        self.assertContains(page, '1 run or onboarding of theirs')
        self.assertContains(page, '2 playbooks with all their versions')

    def test_it_can_be_done_once(self):
        self.client.post(self.url, ANSWERS)

        again = self.client.post(self.url, ANSWERS | {'email': 'eve@acme.example.org'})

        self.assertEqual(again.status_code, 404)
        self.assertFalse(User.objects.filter(email='eve@acme.example.org').exists())


class AccessTests(RealCase):
    def test_administrators_alone_and_only_while_there_are_sample_people(self):
        answers = {}
        for name in ('maya', 'manager', 'editor', 'admin'):
            self.client.force_login(getattr(self, name))
            answers[name] = (self.client.get(self.url).status_code, self.client.post(self.url).status_code)

        self.assertEqual(
            answers, {'maya': (404, 404), 'manager': (404, 404), 'editor': (404, 404), 'admin': (200, 422)}
        )

    def test_a_site_in_real_use_has_no_such_page(self):
        Organization.objects.update(is_sample=False)
        self.client.force_login(self.admin)

        self.assertEqual(self.client.get(self.url).status_code, 404)

    def test_only_reading_and_posting(self):
        self.client.force_login(self.admin)

        self.assertEqual(self.client.delete(self.url).status_code, 405)


class CommandTests(RealCase):
    def start(self, **changes):
        out = StringIO()
        call_command('start_for_real', **(ANSWERS | changes), stdout=out)
        return out.getvalue()

    def test_it_does_the_same_and_says_what_it_did(self):
        self.onboard(self.maya)

        self.assertEqual(
            self.start(),
            'Removed 5 sample people and 1 runs of theirs.\n'
            'Kept 2 playbooks. ada@acme.example.org is the administrator of Acme & Söhne.\n',
        )
        self.assertEqual(User.objects.filter(is_sample=True).count(), 0)

    def test_a_weak_password_is_refused_and_nothing_changed(self):
        with self.assertRaisesMessage(CommandError, 'password: This password is too short.'):
            self.start(password='short')

        self.assertEqual(User.objects.count(), 6)

    def test_a_site_in_real_use_is_left_alone(self):
        Organization.objects.update(is_sample=False)

        with self.assertRaisesMessage(CommandError, 'in real use already'):
            self.start()

        self.assertEqual(User.objects.count(), 6)


class EmptySiteTests(TestCase):
    def test_a_site_without_anybody_gets_its_first_administrator(self):
        make_playbook('kept', versions=1)

        call_command('start_for_real', **ANSWERS, stdout=StringIO())

        ada = User.objects.get()
        self.assertEqual((ada.is_admin, Playbook.objects.get().owner), (True, ada))
        self.assertEqual(Organization.objects.get().name, 'Acme & Söhne')
