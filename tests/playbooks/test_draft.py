"""A draft as others see it: by its link, with what was said, and its approval."""

from django.test import TestCase
from django.urls import reverse

from playbooks import approving, suggesting, talk
from playbooks.models import Approval, ApprovalRequest, Draft, DraftAuthor, Kind, Notice, Remark
from tests.factories import CHECKLIST, make_editor, make_kind, make_playbook, make_user

from .test_suggestion_new import write


class DraftTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.author, cls.reader = make_user('Olga Owner'), make_user('Anna Author'), make_user('Rita Reader')
        make_kind('guide', approval=Kind.Approval.EDITOR)
        cls.playbook = make_playbook('launch', text=CHECKLIST, owner=cls.owner)
        cls.draft = write(cls.playbook, cls.author, f'{CHECKLIST}\nBetter.\n')
        cls.url = reverse('playbooks:draft', args=['launch', cls.draft.pk])

    def test_a_link_shows_it_to_readers_who_may_comment_at_a_place(self):
        key = suggesting.share(draft=self.draft)
        self.client.force_login(self.reader)

        page = self.client.get(self.url, {'key': key})
        self.client.post(
            reverse('playbooks:draft_comment', args=['launch', self.draft.pk]) + f'?key={key}',
            {'comment-text': 'Which promise?', 'comment-place': 'i-promise'},
        )

        self.assertContains(page, 'Better.')
        remark = Remark.objects.get()
        self.assertEqual((remark.author, remark.draft, remark.quote), (self.reader, self.draft, 'Write the promise'))
        self.assertContains(self.client.get(self.url, {'key': key}), 'Which promise?')
        self.assertEqual(Notice.objects.get().person, self.author)

    def test_a_link_that_was_taken_back_or_replaced_leads_nowhere(self):
        first = suggesting.share(draft=self.draft)
        second = suggesting.share(draft=self.draft)
        self.client.force_login(self.reader)
        self.assertEqual(self.client.get(self.url, {'key': second}).status_code, 200)
        suggesting.unshare(draft=self.draft)

        for key in (first, second, '', 'x' * 500, '\x00'):
            with self.subTest(key=key[:4]):
                self.assertEqual(self.client.get(self.url, {'key': key}).status_code, 404)
                comment = reverse('playbooks:draft_comment', args=['launch', self.draft.pk])
                posted = self.client.post(f'{comment}?key={key[:30]}', {'comment-text': 'Hello.'})
                self.assertEqual(posted.status_code, 404)

        self.assertFalse(Remark.objects.exists())

    def test_who_spoke_by_a_link_hears_nothing_more_of_the_draft_once_it_is_taken_back(self):
        key = suggesting.share(draft=self.draft)
        said = talk.say(playbook=self.playbook, draft=self.draft, by=self.reader, text='Why?').remark
        page = reverse('playbooks:thread', args=['launch', said.pk])
        self.client.force_login(self.reader)
        self.assertEqual(self.client.get(page).status_code, 200)
        talk.reply(thread=said, by=self.author, text='Because.')
        self.assertEqual(Notice.objects.filter(person=self.reader).count(), 1)

        suggesting.unshare(draft=self.draft)
        talk.reply(thread=Remark.objects.get(pk=said.pk), by=self.author, text='And by a secret.')
        talk.settle(thread=Remark.objects.get(pk=said.pk), by=self.author)

        self.assertTrue(key)
        self.assertEqual(self.client.get(page).status_code, 404)
        self.assertEqual(Notice.objects.filter(person=self.reader).count(), 1)

    def test_a_link_to_a_draft_of_a_restricted_page_shows_nothing_to_who_may_not_read_it(self):
        restricted = make_playbook('pay', versions=1, audience=['Board'])
        draft = write(restricted, make_user(groups=('Board',)), 'More.\n')
        key = suggesting.share(draft=draft)
        url = reverse('playbooks:draft', args=['pay', draft.pk])
        self.client.force_login(self.reader)
        self.assertEqual(self.client.get(url, {'key': key}).status_code, 404)

        self.client.force_login(make_user(groups=('Board',)))

        self.assertContains(self.client.get(url, {'key': key}), 'More.')
        self.assertEqual(self.client.get(url).status_code, 404)

    def test_a_link_does_not_let_anybody_write_approve_or_see_the_people(self):
        key = suggesting.share(draft=self.draft)
        self.client.force_login(self.reader)
        for name in ('draft_edit', 'draft_people', 'draft_publish'):
            with self.subTest(name=name):
                address = reverse(f'playbooks:{name}', args=['launch', self.draft.pk])
                self.assertEqual(self.client.get(address, {'key': key}).status_code, 404)

    def test_a_discarded_draft_is_there_for_nobody(self):
        key = suggesting.share(draft=self.draft)
        ApprovalRequest.objects.create(draft=self.draft, person=self.reader)
        suggesting.discard(draft=self.draft, by=self.author)

        for who in (self.author, self.owner, self.reader, make_editor()):
            self.client.force_login(who)
            self.assertEqual(self.client.get(self.url, {'key': key}).status_code, 404)

    def test_bad_input_says_nothing_and_keeps_what_was_typed(self):
        self.client.force_login(self.author)
        address = reverse('playbooks:draft_comment', args=['launch', self.draft.pk])
        for text, place in ((' ', ''), ('x' * 5001, ''), ('Hello.', 'i-nowhere')):
            answer = self.client.post(address, {'comment-text': text, 'comment-place': place})

            self.assertContains(answer, text.strip(), status_code=422)

        self.assertFalse(Remark.objects.exists())

    def test_methods(self):
        self.client.force_login(self.author)
        self.assertEqual(self.client.post(self.url).status_code, 405)
        for name in ('comment', 'approve', 'unapprove', 'refuse', 'ask', 'remove', 'share'):
            address = reverse(f'playbooks:draft_{name}', args=['launch', self.draft.pk])
            self.assertEqual(self.client.get(address).status_code, 405)

    def test_the_number_of_queries_does_not_grow(self):
        key = suggesting.share(draft=self.draft)
        asked = make_user()
        ApprovalRequest.objects.create(draft=self.draft, person=asked)
        for number in (1, 3):
            for _more in range(number):
                DraftAuthor.objects.create(draft=self.draft, person=make_user())
                approver = make_editor()
                approving.approve(playbook=self.draft.playbook, draft=self.draft, by=approver)
                ApprovalRequest.objects.create(draft=self.draft, person=make_user(), refused_at='2026-11-01T09:00Z')
                remark = Remark.objects.create(
                    playbook=self.playbook, draft=self.draft, kind='comment', text='Why?', author=make_user()
                )
                Remark.objects.create(
                    playbook=self.playbook, draft=self.draft, kind='comment', text='So.', author=approver, parent=remark
                )
            for who in (self.author, self.owner, self.reader, asked, approver):
                self.client.force_login(who)
                self.client.get(self.url, {'key': key})
                with self.subTest(who=who, number=number), self.assertNumQueries(10):
                    self.assertEqual(self.client.get(self.url, {'key': key}).status_code, 200)
        self.assertEqual(Approval.objects.count(), 4)
        self.assertTrue(Draft.objects.exists())
