"""Every address of writing and keeping, by kind of person. Source: DESIGN.md, Who may do what."""

from django.db import transaction
from django.test import TestCase
from django.urls import reverse

from playbooks.models import Approval, Draft, Kind, Playbook, Verification, Version
from tests.factories import make_admin, make_editor, make_kind, make_playbook, make_user

WRITES = ('owner', 'co_owner', 'editor', 'admin')
SUGGESTS = (*WRITES, 'member')
KEEPS = ('editor', 'admin')
PAGES = {'playbook_edit': SUGGESTS, 'playbook_publish': WRITES, 'playbook_settings': WRITES}
POSTS = {
    'playbook_edit': SUGGESTS,
    'playbook_preview': SUGGESTS,
    'playbook_publish': WRITES,
    'playbook_settings': WRITES,
    'draft_discard': SUGGESTS,
    'draft_restore': SUGGESTS,
    'playbook_merge': SUGGESTS,
    'verify': WRITES,
    'playbook_archive': KEEPS,
    'playbook_unarchive': KEEPS,
}
OPENED = {200, 302, 409, 422}


class WritingAccessTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.people = {
            'owner': make_user('Olga'),
            'co_owner': make_user('Cora'),
            'editor': make_editor(),
            'admin': make_admin(),
            'member': make_user('Mina', groups=('Board',)),
            'outsider': make_user('Otto'),
            'anonymous': None,
        }
        make_kind('guide', approval=Kind.Approval.EDITOR)
        cls.playbook = make_playbook(
            'launch', versions=1, owner=cls.people['owner'], co_owner=cls.people['co_owner'], audience=['Board']
        )
        cls.draft = Draft.objects.create(
            playbook=cls.playbook,
            author=cls.people['owner'],
            base=cls.playbook.current_version,
            title='Launch',
            text='Draft of the owner.\n',
        )

    def answer(self, who, method, name, *args, **data):
        self.client.logout()
        if self.people[who]:
            self.client.force_login(self.people[who])
        return getattr(self.client, method)(reverse(f'playbooks:{name}', args=['launch', *args]), data)

    def check(self, who, answer, allowed):
        """The right door for each: in, 403 for whoever reads it, 404 for whom it is not there, sign-in for the rest."""
        if who in allowed:
            self.assertIn(answer.status_code, OPENED)
            self.assertNotIn('/accounts/login', answer.get('Location', ''))
        elif who == 'anonymous':
            self.assertIn('/accounts/login', answer['Location'])
        else:
            self.assertEqual(answer.status_code, 404 if who == 'outsider' else 403)

    def test_pages(self):
        for name, allowed in PAGES.items():
            for who in self.people:
                with self.subTest(name=name, who=who):
                    self.check(who, self.answer(who, 'get', name), allowed)

    def test_actions_and_that_whoever_is_refused_changed_nothing(self):
        for name, allowed in POSTS.items():
            for who in self.people:
                with self.subTest(name=name, who=who), transaction.atomic():
                    before = self.everything()
                    answer = self.answer(who, 'post', name, text='Forged.', title='Forged', revision=0, base=1)
                    self.check(who, answer, allowed)
                    if who not in allowed:
                        self.assertEqual(self.everything(), before)
                    transaction.set_rollback(True)

    def test_a_draft_is_seen_by_its_author_and_whoever_keeps_the_playbook_and_exists_for_nobody_else(self):
        for who in self.people:
            with self.subTest(who=who):
                answer = self.answer(who, 'get', 'draft', self.draft.pk)
                if who == 'member':
                    self.assertEqual(answer.status_code, 404)
                else:
                    self.check(who, answer, WRITES)

    def test_only_editors_approve_and_never_their_own(self):
        for who in self.people:
            with self.subTest(who=who):
                answer = self.answer(who, 'post', 'draft_approve', self.draft.pk, text_hash='x')
                if who == 'member':
                    self.assertEqual(answer.status_code, 404)
                else:
                    self.check(who, answer, ('editor',))

    def test_a_draft_of_another_playbook_is_not_found_under_this_one(self):
        other = make_playbook('other', versions=1)
        theirs = Draft.objects.create(playbook=other, author=self.people['editor'], title='Other')

        self.assertEqual(self.answer('editor', 'get', 'draft', theirs.pk).status_code, 404)

    def test_who_may_is_decided_before_any_input_is_read(self):
        for who, status in (('member', 403), ('outsider', 404)):
            self.assertEqual(self.answer(who, 'post', 'playbook_publish', revision='nonsense').status_code, status)

    def test_the_writer_of_a_first_version_that_members_may_publish_edits_it_and_owns_it_afterwards(self):
        writer = self.people['outsider']
        make_kind('decision-record', members_may_publish_first=True)
        self.client.force_login(writer)
        self.client.post(
            reverse('playbooks:playbook_new') + '?kind=decision-record',
            {'title': 'We do', 'area': self.playbook.area_id},
        )
        edit, step = (reverse(f'playbooks:{name}', args=['we-do']) for name in ('playbook_edit', 'playbook_publish'))

        self.assertEqual(self.client.get(edit).status_code, 200)
        self.client.post(step, {'note': '', 'revision': 1})

        self.assertEqual(Playbook.objects.get(slug='we-do').current_version.number, 1)
        self.assertEqual(self.client.get(edit).status_code, 200)

    def everything(self):
        tables = (Version, Approval, Verification)
        drafts = list(Draft.objects.order_by('pk').values_list('text', 'revision', 'discarded_at'))
        kept = list(Playbook.objects.values_list('owner', 'co_owner', 'area', 'archived_at'))
        return [table.objects.count() for table in tables], drafts, kept
