"""Approving one exact text: who may, what it is worth, and how one might try to get around it."""

from allauth.account.models import EmailAddress
from django.db import connection
from django.test import TestCase
from django.urls import reverse

from playbooks import approving, suggesting
from playbooks.drafts import DraftChanged, save_draft
from playbooks.models import Approval, ApprovalRequest, Draft, DraftAuthor, Kind, Notice
from playbooks.pins import as_published
from playbooks.publishing import NotAllowed, NotApproved, PublishAnswers, publish
from tests.factories import CHECKLIST, make_editor, make_kind, make_playbook, make_user

from .test_suggestion_new import write

CLEARER = PublishAnswers('clarification', 'Said more plainly.')


class ApprovalCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_kind('guide', approval=Kind.Approval.SECOND_PERSON)
        cls.owner = make_user('Olga Owner')
        cls.named = make_user('Nils Named')
        cls.editor = make_editor()
        cls.playbook = make_playbook('policy', text='Old.\n', owner=cls.owner, audience=['Board'])
        cls.playbook.approvers.add(cls.named)
        cls.draft = write(cls.playbook, cls.owner, 'New.\n')

    def ask(self, *people):
        approving.ask(draft=self.draft, people=people or [self.named], by=self.owner)

    def page(self, who, **query):
        self.client.force_login(who)
        return self.client.get(reverse('playbooks:draft', args=['policy', self.draft.pk]), query)

    def post(self, who, name='approve', **data):
        self.client.force_login(who)
        if name == 'approve' and 'text_hash' not in data:
            data['text_hash'] = as_published(self.reloaded(), who).text_hash
        return self.client.post(reverse(f'playbooks:draft_{name}', args=['policy', self.draft.pk]), data)

    def reloaded(self):
        names = ('playbook__kind', 'playbook__current_version', 'author', 'base')
        return Draft.objects.select_related(*names).get(pk=self.draft.pk)

    def edit(self, text, by=None):
        draft = self.reloaded()
        return save_draft(
            draft=draft, title=draft.title, text=text, fields={}, shown_revision=draft.revision, by=by or self.owner
        )

    def publish(self, editor=None):
        return publish(draft=self.reloaded(), editor=editor or self.owner, answers=CLEARER)


class DraftApproveTests(ApprovalCase):
    def test_somebody_named_is_asked_sees_the_draft_and_nothing_else_and_approves_it(self):
        self.ask()

        page = self.page(self.named)
        self.assertContains(page, 'New.')
        self.assertNotContains(page, reverse('playbooks:playbook', args=['policy']) + '"')
        self.assertEqual(self.client.get(reverse('playbooks:playbook', args=['policy'])).status_code, 404)
        self.post(self.named)

        self.assertEqual(self.publish().number, 2)
        told = Notice.objects.get(kind='approval_given')
        self.assertEqual((told.person, told.actor), (self.owner, self.named))
        version = self.client_of(self.owner).get(reverse('playbooks:version', args=['policy', 2]))
        self.assertContains(version, 'Approved by')
        self.assertContains(version, 'Nils Named')

    def client_of(self, who):
        self.client.force_login(who)
        return self.client

    def test_nothing_is_published_without_it(self):
        with self.assertRaises(NotApproved):
            self.publish()

        self.assertEqual(self.playbook.versions.count(), 1)

    def test_any_edit_voids_it_and_the_page_says_so_with_what_changed_since(self):
        self.ask()
        self.post(self.named)
        self.edit('Newer.\n')

        page = self.page(self.owner)
        approval = Approval.objects.get()
        since = self.page(self.owner, since=approval.pk)

        self.assertContains(page, 'It was changed since, so it needs it again.')
        self.assertContains(since, 'What changed since Nils Named approved it')
        self.assertContains(since, 'Newer.')
        with self.assertRaises(NotApproved):
            self.publish()
        self.assertEqual(self.page(self.owner, since='nonsense').status_code, 200)

    def test_the_same_text_again_is_approved_again(self):
        self.ask()
        self.post(self.named)
        self.edit('Newer.\n')
        self.edit('New.\n')

        self.assertEqual(self.publish().number, 2)

    def test_what_is_approved_is_the_text_with_the_keys_that_publishing_puts_in(self):
        page = make_playbook('steps', text=CHECKLIST, owner=self.owner)
        text = CHECKLIST.replace('Write the promise {#promise due=-5wd}', 'Write down the promise {due=-5wd}')
        self.draft = write(page, self.owner, text)
        self.client.force_login(self.editor)
        shown = self.client.get(reverse('playbooks:draft', args=['steps', self.draft.pk]))
        address = reverse('playbooks:draft_approve', args=['steps', self.draft.pk])
        self.client.post(address, {'text_hash': shown.context['plan'].text_hash})

        self.client.force_login(self.owner)
        step = reverse('playbooks:playbook_publish', args=['steps'])
        self.client.post(
            step,
            {'note': 'Clearer.', 'weight': 'clarification', 'revision': self.draft.revision, 'meaning-0': 'wording'},
        )

        self.assertEqual(page.versions.count(), 2)
        self.assertIn('{#promise', page.versions.get(number=2).text)

    def test_a_no_says_what_would_have_to_change_and_takes_an_earlier_yes_back(self):
        self.ask()
        self.post(self.named)
        self.assertEqual(self.post(self.named, 'refuse', **{'refuse-note': ' '}).status_code, 422)
        self.assertTrue(Approval.objects.exists())

        self.post(self.named, 'refuse', **{'refuse-note': 'Say since when.'})

        self.assertFalse(Approval.objects.exists())
        self.assertContains(self.page(self.owner), 'Say since when.')
        self.assertEqual(Notice.objects.get(kind='approval_refused').person, self.owner)
        self.ask()
        self.assertNotContains(self.page(self.owner), 'Say since when.')

    def test_a_yes_is_taken_back_before_and_not_after_it_is_published(self):
        self.ask()
        self.post(self.named)
        self.post(self.named, 'unapprove')
        self.assertFalse(Approval.objects.exists())
        self.post(self.named)
        draft = self.reloaded()
        self.publish()

        self.assertFalse(approving.withdraw(draft=draft, by=self.named))
        self.assertEqual(Approval.objects.count(), 1)

    def test_a_yes_given_to_an_earlier_draft_of_the_same_text_is_taken_back_with_this_one(self):
        for name, data in (('unapprove', {}), ('refuse', {'refuse-note': 'Not any more.'})):
            with self.subTest(name):
                self.post(self.editor)
                suggesting.discard(draft=self.draft, by=self.owner)
                self.draft = write(self.playbook, self.owner, 'New.\n')
                self.assertTrue(approving.counting(self.playbook, self.exact(), self.draft.hands()))

                self.post(self.editor, name, **data)

                self.assertFalse(approving.counting(self.playbook, self.exact(), self.draft.hands()))
                with self.assertRaises(NotApproved):
                    self.publish()

    def exact(self):
        return as_published(self.reloaded(), self.owner).text_hash

    def test_what_waits_for_ones_approval_is_on_the_list_until_it_is_answered(self):
        shelf = reverse('playbooks:suggestions')
        self.ask()
        self.client.force_login(self.named)
        self.assertContains(self.client.get(shelf), 'Waiting for your approval')

        self.post(self.named)
        self.assertNotContains(self.client.get(shelf), 'Waiting for your approval')
        self.edit('Newer.\n')
        self.assertContains(self.client.get(shelf), 'Waiting for your approval')
        self.post(self.named, 'refuse', **{'refuse-note': 'No.'})
        self.assertNotContains(self.client.get(shelf), 'Waiting for your approval')


class AttackTests(ApprovalCase):
    """Each tries to publish what nobody approved who may."""

    def assert_nothing_counts(self):
        with self.assertRaises(NotApproved):
            self.publish()
        self.assertEqual(self.playbook.versions.count(), 1)

    def test_by_somebody_who_is_not_named(self):
        for who, status in ((make_user(groups=('Board',)), 404), (make_user(), 404), (self.named, 404)):
            self.assertEqual(self.post(who).status_code, status)

        self.assertFalse(Approval.objects.exists())
        self.assert_nothing_counts()

    def test_by_a_friend_whom_the_author_wrote_into_the_requests(self):
        friend = make_user('Fred Friend')
        with self.assertRaises(NotAllowed):
            approving.ask(draft=self.draft, people=[friend], by=self.owner)
        ApprovalRequest.objects.create(draft=self.draft, person=friend, asked_by=self.owner)

        self.assertEqual(self.post(friend).status_code, 403)

        self.assertNotContains(self.page(friend), 'Approve exactly this text')
        self.assert_nothing_counts()

    def test_by_the_author_signed_in_with_a_second_address(self):
        EmailAddress.objects.create(user=self.owner, email='other@example.com', verified=True)
        self.playbook.approvers.add(self.owner)

        self.assertEqual(self.post(self.owner).status_code, 403)

        self.assert_nothing_counts()

    def test_by_who_writes_along_or_ever_saved_it(self):
        wrote = make_editor('Wanda Wrote')
        for row in (DraftAuthor.objects.create(draft=self.draft, person=wrote), None):
            if row is None:
                self.edit('By Wanda.\n', by=wrote)
                self.edit('By Olga.\n')
                DraftAuthor.objects.all().delete()
            with self.subTest(row=row):
                self.assertEqual(self.post(wrote).status_code, 403)
                self.assertNotContains(self.page(wrote), 'Approve exactly this text')

        self.assert_nothing_counts()

    def test_by_who_approved_first_and_wrote_in_it_then(self):
        self.ask()
        self.post(self.named)
        self.edit('Another.\n', by=self.named)
        self.edit('New.\n')

        self.assert_nothing_counts()

    def test_of_another_text_than_was_shown(self):
        shown = as_published(self.reloaded(), self.editor).text_hash
        self.edit('Something else.\n')

        answer = self.post(self.editor, text_hash=shown)

        self.assertContains(answer, 'The draft was changed since you opened it', status_code=409)
        self.assertEqual(self.post(self.editor, text_hash='').status_code, 409)
        self.assertFalse(Approval.objects.exists())

    def test_of_a_text_that_is_saved_in_this_moment(self):
        shown = self.reloaded()
        self.edit('Something else.\n')

        with self.assertRaises(DraftChanged):
            approving.approve(playbook=shown.playbook, draft=shown, by=self.editor)

        self.assertFalse(Approval.objects.exists())

    def test_of_a_draft_under_the_address_of_another_page(self):
        other = make_playbook('other', versions=1)
        theirs = write(other, self.owner, 'Other.\n')
        self.client.force_login(self.editor)
        address = reverse('playbooks:draft_approve', args=['policy', theirs.pk])

        self.assertEqual(self.client.post(address, {'text_hash': 'x'}).status_code, 404)

    def test_of_the_same_text_in_another_page(self):
        other = make_playbook('other', text='Old.\n', owner=self.owner)
        theirs = write(other, self.owner, 'New.\n', title='Policy')
        approving.approve(playbook=other, draft=theirs, by=self.editor)

        self.assert_nothing_counts()

    def test_of_a_discarded_draft_and_of_the_one_after_it(self):
        self.ask()
        suggesting.discard(draft=self.draft, by=self.owner)
        self.assertEqual(self.post(self.named, text_hash='x').status_code, 404)
        later = write(self.playbook, self.owner, 'Later.\n')

        self.client.force_login(self.named)
        self.assertEqual(self.client.get(reverse('playbooks:draft', args=['policy', later.pk])).status_code, 404)
        self.assertFalse(ApprovalRequest.objects.exists())

    def test_that_was_taken_back_while_it_was_being_published(self):
        self.ask()
        self.post(self.named)
        draft = self.reloaded()
        taken_back = []

        def in_between(execute, sql, *more):
            # The transaction begins when everything that needs no lock was looked at.
            if sql.startswith('SAVEPOINT') and not taken_back:
                taken_back.append(sql)
                Approval.objects.all().delete()
            return execute(sql, *more)

        with connection.execute_wrapper(in_between), self.assertRaises(NotApproved):
            publish(draft=draft, editor=self.owner, answers=CLEARER)

        self.assertTrue(taken_back)
        self.assertEqual((self.playbook.versions.count(), Draft.objects.count()), (1, 1))

    def test_by_somebody_who_may_approve_no_longer(self):
        self.ask()
        self.post(self.named)
        self.playbook.approvers.clear()

        self.assert_nothing_counts()

    def test_an_editor_who_publishes_a_suggestion_approves_nothing_by_that(self):
        author = make_user(groups=('Board',))
        draft = write(self.playbook, author, 'Suggested.\n')
        suggesting.send(draft=draft, by=author)
        self.client.force_login(self.editor)
        step = reverse('playbooks:draft_publish', args=['policy', draft.pk])
        answers = {'note': 'Good.', 'weight': 'clarification', 'revision': draft.revision}
        self.assertEqual(self.client.post(step, answers).status_code, 422)
        self.draft = draft
        self.post(self.editor)

        self.client.post(step, answers)

        self.assertEqual(self.playbook.versions.get(number=2).text, 'Suggested.\n')
