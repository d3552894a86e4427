"""Drafts by their number: several people write one, and who decides about a suggestion edits on."""

from django.test import TestCase
from django.urls import reverse

from playbooks.models import ApprovalRequest, Draft, DraftAuthor, Suggestion
from tests.factories import make_editor, make_playbook, make_user


class DraftEditTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner = make_user('Olga Owner')
        cls.playbook = make_playbook('launch', versions=1, owner=cls.owner)
        cls.author = make_user('Anna Author')
        cls.draft = Draft.objects.create(
            playbook=cls.playbook,
            author=cls.author,
            base=cls.playbook.current_version,
            title='Launch',
            text='A better way.\n',
        )
        cls.url = reverse('playbooks:draft_edit', args=['launch', cls.draft.pk])

    def save(self, who, text, revision=1):
        self.client.force_login(who)
        return self.client.post(self.url, {'title': 'Launch', 'text': text, 'revision': revision, 'base': 1})

    def test_who_writes_along_saves_into_the_same_draft(self):
        along = make_user('Berta')
        DraftAuthor.objects.create(draft=self.draft, person=along)

        self.save(along, 'A better way, by two.\n')

        draft = Draft.objects.get()
        self.assertEqual((draft.text, draft.author, draft.saved_by), ('A better way, by two.\n', self.author, along))

    def test_two_who_write_one_draft_never_overwrite_each_other(self):
        along = make_user('Berta')
        DraftAuthor.objects.create(draft=self.draft, person=along)

        self.save(self.author, 'Anna was first.\n')
        answer = self.save(along, 'Berta was second.\n')

        self.assertContains(answer, 'Berta was second.', status_code=409)
        self.assertEqual(Draft.objects.get().text, 'Anna was first.\n')

    def test_what_one_of_two_still_had_when_it_was_published_becomes_a_draft_of_their_own(self):
        along = make_user('Berta')
        DraftAuthor.objects.create(draft=self.draft, person=along)
        self.draft.delete()

        answer = self.save(along, 'Berta goes on.\n', revision=2)

        draft = Draft.objects.get()
        self.assertEqual((draft.author, draft.text, draft.base.number), (along, 'Berta goes on.\n', 1))
        self.assertRedirects(answer, reverse('playbooks:playbook_edit', args=['launch']))

    def test_a_reader_does_not_see_it_and_a_keeper_sees_but_may_not_change_it(self):
        self.client.force_login(make_user())
        self.assertEqual(self.client.get(self.url).status_code, 404)
        self.client.force_login(self.owner)
        self.assertEqual(self.client.get(self.url).status_code, 403)
        self.assertEqual(self.save(self.owner, 'Mine now.\n').status_code, 403)
        self.assertEqual(Draft.objects.get().text, 'A better way.\n')

    def test_once_it_is_sent_as_a_suggestion_the_owner_edits_on(self):
        Suggestion.objects.create(playbook=self.playbook, draft=self.draft, author=self.author, title='Launch')

        self.save(self.owner, 'A better way, said shorter.\n')

        draft = Draft.objects.get()
        self.assertEqual((draft.text, draft.author, draft.saved_by.name), (
            'A better way, said shorter.\n', self.author, 'Olga Owner',
        ))  # fmt: skip

    def test_who_is_asked_to_approve_sees_it_without_any_other_right(self):
        restricted = make_playbook('pay', versions=1, audience=['Board'])
        draft = Draft.objects.create(playbook=restricted, author=make_editor(), title='Pay', text='More.\n')
        asked = make_user('Nils Named')
        ApprovalRequest.objects.create(draft=draft, person=asked)
        self.client.force_login(asked)

        seen = self.client.get(reverse('playbooks:draft', args=['pay', draft.pk]))

        self.assertContains(seen, 'More.')
        self.assertEqual(self.client.get(reverse('playbooks:playbook', args=['pay'])).status_code, 404)

    def test_a_link_shows_it_to_whoever_may_read_the_page_and_a_wrong_one_to_nobody(self):
        Draft.objects.filter(pk=self.draft.pk).update(share_key='k' * 32)
        reader, shown = make_user(), set()
        for key in ('k' * 32, 'x' * 32, ''):
            shown |= {(key[:1], draft.pk) for draft in Draft.objects.shown_to(reader, key)}

        self.assertEqual(shown, {('k', self.draft.pk)})
