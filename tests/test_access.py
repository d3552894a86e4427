"""Every address of the site × every kind of person. Source: DESIGN.md, Who may do what.

A new address needs a line in DOORS, or `test_every_address_has_a_line_in_the_table` fails. A line names the address and
its arguments (attributes of `World`), whom it opens to, and, in `sees`, who knows that it is there but may not do it:
they get 403. Everybody else who is signed in gets 404 (or 403 where `denied` says so, for addresses that are no
secret), and who is not signed in is led to the sign-in page. Addresses that work without signing in stand in OPEN.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import SimpleNamespace

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import TestCase
from django.urls import URLPattern, get_resolver, reverse

from accounts.models import Organization
from onboarding.models import Enrollment
from playbooks import intakes, runs, suggesting, talk
from playbooks.files import add_file
from playbooks.models import Draft, Evidence, Expectation, Playbook, RequiredReading, Run, RunRole
from playbooks.plans import PublishAnswers
from playbooks.scheduling import schedule
from tests.factories import (
    CHECKLIST,
    make_admin,
    make_area,
    make_editor,
    make_kind,
    make_playbook,
    make_track,
    make_user,
)

PEOPLE = ['outsider', 'reader', 'owner', 'captain', 'starter', 'buddy', 'manager', 'boss', 'editor', 'admin']
EVERYBODY = frozenset(PEOPLE)
EDITORS = frozenset({'editor', 'admin'})
READERS = frozenset({'reader', 'owner', 'captain'}) | EDITORS  # of the playbook that is not shared with all
WRITERS = frozenset({'owner'}) | EDITORS
ASKED = frozenset({'captain'}) | WRITERS  # in the question that the captain asked
LEADS = frozenset({'captain', 'editor'})  # of the launch that follows it
IN_IT = frozenset({'starter', 'buddy', 'manager', 'boss', 'editor'})  # who sees the enrollment
ABOVE = frozenset({'manager', 'boss', 'editor'})


@dataclass(frozen=True)
class Door:
    """One address, or one way of using it."""

    name: str
    args: tuple = ()
    opens: frozenset = EVERYBODY
    sees: frozenset = frozenset()
    method: str = 'get'
    data: dict = field(default_factory=dict)
    denied: int = 404

    def expected(self, who):
        if who in self.opens:
            return 'in'
        return 403 if who in self.sees else self.denied


OPENED = {200, 204, 301, 302, 409, 422}
PLAYBOOK = ('slug',)
DRAFT, SUGGESTION, SUGGESTER = ('slug', 'draft'), ('suggestion',), frozenset({'reader'})
LAUNCH, LAUNCH_ITEM = ('launch',), ('launch', 'key')
TRACK, TRACK_ITEM = ('enrollment',), ('enrollment', 'key')

DOORS = [
    # accounts
    Door('accounts:profile'),
    Door('accounts:theme', method='post', data={'theme': 'dark'}),
    # playbooks: finding and reading
    Door('playbooks:library'),
    Door('playbooks:library_csv'),
    Door('playbooks:search'),
    Door('playbooks:playbook', PLAYBOOK, READERS),
    Door('playbooks:history', PLAYBOOK, READERS),
    Door('playbooks:version', ('slug', 'first'), READERS),
    Door('playbooks:version_restore', ('slug', 'first'), READERS),
    Door('playbooks:version_restore', ('slug', 'first'), READERS, method='post', data={'revision': 0}),
    Door('playbooks:item', ('slug', 'key'), READERS),
    Door('playbooks:place_link', ('slug',), READERS),
    Door('playbooks:compare', ('slug', 'first', 'second'), READERS),
    Door('playbooks:compare_choose', PLAYBOOK, READERS),
    Door('playbooks:raw', PLAYBOOK, READERS),
    Door('playbooks:acknowledge', PLAYBOOK, READERS, method='post', data={'number': 1}),
    # playbooks: types and their fields; that there are such pages is no secret
    Door('playbooks:kinds', opens=EDITORS, denied=403),
    Door('playbooks:kind_new', opens=EDITORS, denied=403),
    Door('playbooks:kind_new', opens=EDITORS, denied=403, method='post'),
    Door('playbooks:kind', ('kind',), EDITORS, denied=403),
    Door('playbooks:kind', ('kind',), EDITORS, denied=403, method='post'),
    Door('playbooks:kind_delete', ('kind',), EDITORS, denied=403, method='post'),
    Door('playbooks:kind_field_new', ('kind',), EDITORS, denied=403),
    Door('playbooks:kind_field_new', ('kind',), EDITORS, denied=403, method='post'),
    Door('playbooks:kind_field', ('kind', 'field'), EDITORS, denied=403),
    Door('playbooks:kind_field', ('kind', 'field'), EDITORS, denied=403, method='post'),
    Door('playbooks:kind_field_move', ('kind', 'field'), EDITORS, denied=403, method='post'),
    Door('playbooks:kind_field_remove', ('kind', 'field'), EDITORS, denied=403, method='post'),
    # bringing in; that there is such a page is no secret, what others brought in is
    Door('playbooks:intakes', opens=WRITERS, denied=403),
    Door('playbooks:intakes', opens=WRITERS, denied=403, method='post', data={}),
    Door('playbooks:intake', ('intake',), WRITERS),
    Door('playbooks:intake', ('intake',), frozenset({'owner'}), EDITORS, method='post', data={'do-1': 'leave'}),
    Door('playbooks:intake_document', ('intake', 'first'), WRITERS),
    Door('playbooks:intake_continue', ('intake',), frozenset({'owner'}), EDITORS, method='post'),
    Door('playbooks:intake_cancel', ('intake',), frozenset({'owner'}), EDITORS, method='post'),
    Door('playbooks:paste', method='post', data={'html': '<p>Hello</p>'}),
    # playbooks: writing, publishing, keeping
    Door('playbooks:playbook_new'),
    Door('playbooks:playbook_edit', PLAYBOOK, READERS),
    Door('playbooks:playbook_edit', PLAYBOOK, READERS, method='post'),
    Door('playbooks:playbook_preview', PLAYBOOK, READERS, method='post'),
    Door('playbooks:draft_discard', PLAYBOOK, READERS, method='post'),
    Door('playbooks:draft_restore', PLAYBOOK, READERS, method='post'),
    Door('playbooks:playbook_publish', PLAYBOOK, WRITERS, READERS),
    Door('playbooks:playbook_publish', PLAYBOOK, WRITERS, READERS, method='post'),
    Door('playbooks:draft', ('slug', 'draft'), WRITERS),
    Door('playbooks:completions', PLAYBOOK, READERS),
    Door('playbooks:draft_edit', ('slug', 'draft'), frozenset({'owner'}), EDITORS),
    Door('playbooks:draft_edit', ('slug', 'draft'), frozenset({'owner'}), EDITORS, method='post'),
    Door('playbooks:draft_preview', ('slug', 'draft'), frozenset({'owner'}), EDITORS, method='post'),
    Door('playbooks:draft_publish', ('slug', 'draft'), frozenset({'owner'}), EDITORS),
    Door('playbooks:draft_publish', ('slug', 'draft'), frozenset({'owner'}), EDITORS, method='post'),
    # playbooks: two at once
    Door('playbooks:playbook_merge', PLAYBOOK, READERS),
    Door('playbooks:playbook_merge', PLAYBOOK, READERS, method='post'),
    Door('playbooks:draft_merge', ('slug', 'draft'), frozenset({'owner'}), EDITORS),
    Door('playbooks:draft_merge', ('slug', 'draft'), frozenset({'owner'}), EDITORS, method='post'),
    # playbooks: suggestions, and drafts as others see them
    Door('playbooks:suggestions'),
    Door('playbooks:suggestion_new', PLAYBOOK, READERS - WRITERS, WRITERS),
    Door('playbooks:suggestion_new', PLAYBOOK, READERS - WRITERS, WRITERS, method='post'),
    Door('playbooks:suggestion', SUGGESTION, WRITERS | SUGGESTER),
    Door('playbooks:suggestion_comment', SUGGESTION, WRITERS | SUGGESTER, method='post'),
    Door('playbooks:suggestion_ask', SUGGESTION, WRITERS, SUGGESTER, method='post'),
    Door('playbooks:suggestion_decline', SUGGESTION, WRITERS, SUGGESTER, method='post'),
    Door('playbooks:suggestion_withdraw', SUGGESTION, SUGGESTER, WRITERS, method='post'),
    Door('playbooks:draft', ('slug', 'suggested'), WRITERS | SUGGESTER),
    Door('playbooks:draft_edit', ('slug', 'suggested'), WRITERS | SUGGESTER),
    Door('playbooks:draft_publish', ('slug', 'suggested'), WRITERS, SUGGESTER),
    Door('playbooks:draft_comment', DRAFT, WRITERS, method='post'),
    Door('playbooks:draft_approve', DRAFT, frozenset({'editor'}), WRITERS, method='post'),
    Door('playbooks:draft_unapprove', DRAFT, frozenset({'editor'}), WRITERS, method='post'),
    Door('playbooks:draft_refuse', DRAFT, frozenset({'editor'}), WRITERS, method='post'),
    Door('playbooks:draft_people', DRAFT, frozenset({'owner'}), EDITORS),
    Door('playbooks:draft_people', DRAFT, frozenset({'owner'}), EDITORS, method='post'),
    Door('playbooks:draft_people', ('slug', 'suggested'), WRITERS | SUGGESTER),
    Door('playbooks:draft_people', ('slug', 'suggested'), SUGGESTER, WRITERS, method='post'),
    Door('playbooks:draft_ask', DRAFT, frozenset({'owner'}), EDITORS, method='post'),
    Door('playbooks:draft_remove', DRAFT, frozenset({'owner'}), EDITORS, method='post'),
    Door('playbooks:draft_share', DRAFT, frozenset({'owner'}), EDITORS, method='post'),
    Door('playbooks:schedule_cancel', ('slug', 'schedule'), WRITERS, frozenset({'reader'}), method='post'),
    Door('playbooks:expectation', ('slug', 'second'), WRITERS, READERS),
    Door('playbooks:expectation', ('slug', 'second'), WRITERS, READERS, method='post'),
    # playbooks: keeping
    Door('playbooks:playbook_settings', PLAYBOOK, WRITERS, READERS),
    Door('playbooks:playbook_settings', PLAYBOOK, WRITERS, READERS, method='post'),
    Door('playbooks:verify', PLAYBOOK, WRITERS, READERS, method='post'),
    Door('playbooks:playbook_archive', PLAYBOOK, EDITORS, READERS, method='post'),
    Door('playbooks:playbook_unarchive', PLAYBOOK, EDITORS, READERS, method='post'),
    Door('playbooks:hand_over'),
    Door('playbooks:hand_over', method='post'),
    # being told, and who has read what
    Door('playbooks:inbox'),
    Door('playbooks:inbox_seen', method='post', data={'notice': 1}),
    Door('playbooks:watching'),
    Door('playbooks:watching', method='post'),
    Door('playbooks:watch_change', (), READERS, method='post', data={'what': 'playbook', 'slug': 'pay-bands', 'on': 1}),
    Door('playbooks:catch_up'),
    Door('playbooks:catch_up', method='post'),
    Door('playbooks:catch_up_change', ('slug', 'first', 'second'), READERS),
    Door('playbooks:readers', PLAYBOOK, WRITERS, READERS),
    Door('playbooks:readers', PLAYBOOK, WRITERS, READERS, method='post', data={'due_on': 'never'}),
    Door('playbooks:reading_end', ('slug', 'reading'), WRITERS, READERS, method='post'),
    Door('playbooks:reading_remind', ('slug', 'reading'), WRITERS, READERS, method='post'),
    # playbooks: talking about it; the captain asked, reported and commented, the owner answered
    Door('playbooks:say', PLAYBOOK, READERS),
    Door('playbooks:say', PLAYBOOK, READERS, method='post', data={'text': 'Why?', 'kind': 'question'}),
    Door('playbooks:talk', PLAYBOOK, READERS),
    Door('playbooks:thread', ('slug', 'comment_said'), READERS),
    Door('playbooks:thread', ('slug', 'comment_said'), READERS, method='post', data={'text': 'Yes.'}),
    Door('playbooks:thread', ('slug', 'question'), ASKED),
    Door('playbooks:thread', ('slug', 'question'), ASKED, method='post', data={'text': 'Because.'}),
    Door('playbooks:thread', ('slug', 'report'), ASKED),
    Door('playbooks:thread', ('slug', 'review'), WRITERS),
    Door('playbooks:remark_edit', ('slug', 'question'), frozenset({'captain'}), ASKED),
    Door('playbooks:remark_edit', ('slug', 'question'), frozenset({'captain'}), ASKED, method='post'),
    Door('playbooks:remark_act', ('slug', 'question', 'resolve'), ASKED, method='post'),
    Door('playbooks:remark_act', ('slug', 'comment_said', 'resolve'), ASKED, READERS, method='post'),
    Door('playbooks:remark_act', ('slug', 'answer', 'stand'), WRITERS, ASKED, method='post'),
    Door('playbooks:remark_act', ('slug', 'report', 'take'), WRITERS, ASKED, method='post'),
    Door('playbooks:remark_act', ('slug', 'comment_said', 'delete'), frozenset({'captain'}), READERS, method='post'),
    Door('playbooks:helped', PLAYBOOK, READERS, method='post', data={'v': 1, 'helped': 'yes'}),
    Door('playbooks:page_sought', PLAYBOOK, READERS, method='post', data={'words': 'bonus'}),
    Door('playbooks:search_sought', method='post', data={'words': 'bonus'}),
    Door('playbooks:questions'),
    # playbooks: links
    Door('playbooks:go'),
    Door('playbooks:links'),
    Door('playbooks:links_outside'),
    Door('playbooks:links_check', method='post'),
    Door('playbooks:playbook_address', PLAYBOOK, WRITERS, READERS),
    Door('playbooks:playbook_address', PLAYBOOK, WRITERS, READERS, method='post'),
    # playbooks: files
    Door('playbooks:files', PLAYBOOK, READERS),
    Door('playbooks:file', ('slug', 'file'), READERS),
    Door('playbooks:file_add', PLAYBOOK, READERS, method='post'),
    Door('playbooks:files_clean', PLAYBOOK, WRITERS, READERS, method='post'),
    Door('playbooks:worth_a_look'),
    # playbooks: runs, here a launch of the playbook that is not shared with all
    Door('playbooks:runs'),
    Door('playbooks:run_new', PLAYBOOK, READERS),
    Door('playbooks:run_new', PLAYBOOK, READERS, method='post'),
    Door('playbooks:run', LAUNCH, READERS),
    Door('playbooks:run_item', LAUNCH_ITEM, READERS),
    Door('playbooks:run_item_action', (*LAUNCH_ITEM, 'comment'), READERS, method='post'),
    Door('playbooks:run_evidence', ('launch', 'evidence'), READERS),
    Door('playbooks:run_move', LAUNCH, LEADS, READERS),
    Door('playbooks:run_move', LAUNCH, LEADS, READERS, method='post'),
    Door('playbooks:run_people', LAUNCH, LEADS, READERS),
    Door('playbooks:run_people', LAUNCH, LEADS, READERS, method='post'),
    Door('playbooks:run_end', LAUNCH, LEADS, READERS),
    Door('playbooks:run_end', LAUNCH, LEADS, READERS, method='post'),
    # These two lead back to the run, which says to whoever may not do it that nothing was done.
    Door('playbooks:run_version', LAUNCH, READERS, method='post', data={'number': 2}),
    Door('playbooks:run_version_undo', LAUNCH, READERS, method='post'),
    # onboarding
    Door('onboarding:today'),
    Door('onboarding:my_track'),
    Door('onboarding:run', LAUNCH, READERS),
    Door('onboarding:run', ('enrollment_run',), IN_IT),
    Door('onboarding:enrollment', TRACK, IN_IT),
    Door('onboarding:enrollment_item', TRACK_ITEM, IN_IT),
    Door('onboarding:enrollment_item_action', (*TRACK_ITEM, 'comment'), IN_IT, method='post'),
    Door('onboarding:enrollment_move_undo', TRACK, IN_IT, method='post'),
    Door('onboarding:person', TRACK, IN_IT),
    Door('onboarding:starter_new', opens=ABOVE),
    Door('onboarding:starter_new', opens=ABOVE, method='post'),
    Door('onboarding:team', opens=frozenset({'manager', 'boss'})),
    Door('onboarding:enrollments'),
    Door('onboarding:start_for_real', opens=frozenset({'admin'})),
]

# What works without signing in. allauth's own pages about one's account ask for it themselves.
OPEN = {
    'healthz',
    'account_login',
    'account_logout',
    'account_inactive',
    'account_signup',
    'account_email_verification_sent',
    'account_reset_password',
    'account_confirm_login_code',
    'account_confirm_email',
    'account_reset_password_from_key_done',
    'account_reset_password_from_key',
    'account_reset_password_done',
}
OWN_ACCOUNT = {'account_reauthenticate', 'account_email', 'account_change_password', 'account_set_password'}


class World(SimpleNamespace):
    """What the addresses are about."""


def make_world():
    boss = make_user('Bea Boss')
    manager = make_user('Mia Manager', reports_to=boss)
    people = {
        'outsider': make_user('Otto Outside'),
        'reader': make_user('Rita Reader', groups=('Leads',)),
        'owner': make_user('Olga Owner'),
        'captain': make_user('Carl Captain', groups=('Leads',)),
        'starter': make_user('Sam Starter', reports_to=manager),
        'buddy': make_user('Bob Buddy'),
        'manager': manager,
        'boss': boss,
        'editor': make_editor(),
        'admin': make_admin(),
    }
    Organization.objects.create(pk=1, name='Tidewater', is_sample=True)
    playbook = make_playbook('pay-bands', versions=2, audience=('Leads',), owner=people['owner'])
    draft = Draft.objects.create(
        playbook=playbook, author=people['owner'], base=playbook.current_version, title='Pay bands', text=CHECKLIST
    )
    suggested = Draft.objects.create(
        playbook=playbook, author=people['reader'], base=playbook.current_version, title='Pay bands', text='Better.\n'
    )
    suggestion = suggesting.send(draft=suggested, by=people['reader'])
    launch = runs.start_run(
        version=playbook.current_version, owner=people['captain'], anchor_on=date(2026, 12, 1), by=people['captain']
    )
    track = make_track('first-90-days', text=CHECKLIST)
    enrollment_run = runs.start_run(
        version=track.current_version,
        owner=people['starter'],
        anchor_on=date(2026, 11, 2),
        by=manager,
        visibility=Run.Visibility.PRIVATE,
    )
    RunRole.objects.create(run=enrollment_run, role='buddy', person=people['buddy'])
    evidence = Evidence.objects.create(
        run=launch,
        key='promise',
        kind='file',
        file=SimpleUploadedFile('promise.txt', b'The promise.'),
        file_name='promise.txt',
        added_by=people['captain'],
    )
    Expectation.objects.create(
        version=playbook.current_version,
        playbook=playbook,
        author=people['owner'],
        text='Fewer questions',
        look_on=date(2027, 1, 1),
    )
    return World(
        people=people,
        schedule=schedule(
            draft=draft,
            answers=PublishAnswers('clarification', 'Later.'),
            at=datetime(2099, 1, 1, tzinfo=UTC),
            by=people['owner'],
        ).pk,
        **say_everything(playbook, draft, people),
        slug='pay-bands',
        kind=make_kind('decision-record', fields=[{'name': 'status', 'label': 'Status'}]).slug,
        field='status',
        first=1,
        second=2,
        draft=draft.pk,
        file=add_file(playbook=playbook, name='bands.txt', content=b'The bands.', by=people['owner']).name,
        suggested=suggested.pk,
        suggestion=suggestion.pk,
        launch=launch.pk,
        key='promise',
        comment='comment',
        intake=bring_in(people['owner']).pk,
        evidence=evidence.pk,
        reading=RequiredReading.objects.create(playbook=playbook, asked_by=people['owner']).pk,
        enrollment=Enrollment.objects.create(run=enrollment_run, added_by=manager).pk,
        enrollment_run=enrollment_run.pk,
    )


def bring_in(who):
    """A document that somebody dropped and that nothing was decided about."""
    upload = SimpleUploadedFile('notes.md', b'# Notes\n\nWhat we heard.\n')
    kind, area = make_kind(), make_area()
    return intakes.start(by=who, uploads=[upload], kind=kind, area=area)


def say_everything(playbook, draft, people):
    """One remark of each kind by the captain, an answer of the owner, and one in the review of the draft."""
    values = {'playbook': playbook, 'by': people['captain'], 'place': 'i-promise'}
    question = talk.say(**values, text='Why?', kind='question').remark
    return {
        'question': question.pk,
        'answer': talk.reply(thread=question, by=people['owner'], text='Because.').remark.pk,
        'comment_said': talk.say(**values, text='Good.', kind='comment').remark.pk,
        'report': talk.say(**values, text='Wrong.', kind='report').remark.pk,
        'review': talk.say(**values | {'by': people['editor']}, text='Better.', draft=draft).remark.pk,
        **{act: act for act in ('resolve', 'stand', 'take', 'delete')},
    }


class AccessTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.world = make_world()

    def knock(self, door):
        """The answer to whoever is signed in; nothing that it did stays."""
        address = reverse(door.name, args=[getattr(self.world, argument) for argument in door.args])
        with transaction.atomic():
            response = getattr(self.client, door.method)(address, door.data)
            if response.streaming:
                b''.join(response)  # which closes the file
            transaction.set_rollback(True)
        return response

    def test_each_address_opens_to_whom_the_design_says_and_to_nobody_else(self):
        statuses = {}
        for who in PEOPLE:
            self.client.force_login(self.world.people[who])
            statuses[who] = [self.knock(door).status_code for door in DOORS]

        for number, door in enumerate(DOORS):
            with self.subTest(f'{door.method} {door.name}'):
                said = {who: 'in' if statuses[who][number] in OPENED else statuses[who][number] for who in PEOPLE}
                other = {who: status for who, status in said.items() if status != door.expected(who)}

                self.assertEqual(other, {}, 'is not what the table says')

    def test_who_is_not_signed_in_is_led_to_the_sign_in_page_everywhere(self):
        for door in DOORS:
            response = self.knock(door)
            with self.subTest(f'{door.method} {door.name}'):
                self.assertEqual((response.status_code, response.url.partition('?')[0]), (302, '/accounts/login/'))

    def test_ones_own_account_asks_for_signing_in(self):
        for name in sorted(OWN_ACCOUNT):
            self.assertRedirects(
                self.client.get(reverse(name)), f'/accounts/login/?next={reverse(name)}', fetch_redirect_response=False
            )

    def test_the_administration_opens_to_administrators_only(self):
        addresses = ['admin:index', 'admin:accounts_user_changelist', 'admin:app_list']
        for name in addresses:
            address = reverse(name, args=['accounts'] if name == 'admin:app_list' else [])
            for who in PEOPLE:
                self.client.force_login(self.world.people[who])
                with self.subTest(f'{name} {who}'):
                    self.assertEqual(self.client.get(address).status_code == 200, who == 'admin')

    def test_every_address_has_a_line_in_the_table(self):
        known = {door.name for door in DOORS} | OPEN | OWN_ACCOUNT
        there = {name for name in names_of(get_resolver().url_patterns) if not name.startswith('admin:')}

        self.assertEqual(there - known, set(), 'needs a Door in tests/test_access.py')
        self.assertEqual(known - there, set(), 'is in tests/test_access.py, but is no address')

    def test_a_playbook_is_left_out_of_every_list_of_those_it_is_not_shared_with(self):
        assert Playbook.objects.filter(slug='pay-bands').exists()
        for name, query in (('playbooks:library', {}), ('playbooks:search', {'q': 'pay'}), ('playbooks:runs', {})):
            for who in sorted(EVERYBODY - READERS):
                self.client.force_login(self.world.people[who])
                with self.subTest(f'{name} {who}'):
                    self.assertNotContains(self.client.get(reverse(name), query), 'pay-bands')


def names_of(patterns, prefix=''):
    """The names of all addresses, with their namespaces; an address without a name is a name nobody knows."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f'{prefix}{pattern.name or pattern.pattern}'
        else:
            yield from names_of(pattern.url_patterns, f'{prefix}{pattern.namespace}:' if pattern.namespace else prefix)
