"""Who writes a draft along, sees it by its link, and is asked to approve it."""

from django.test import TestCase
from django.urls import reverse

from playbooks import suggesting
from playbooks.drafts import save_draft
from playbooks.models import ApprovalRequest, Draft, DraftAuthor, Kind, Notice
from tests.factories import make_editor, make_kind, make_playbook, make_user

from .test_suggestion_new import write


class DraftPeopleTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_kind('guide', approval=Kind.Approval.SECOND_PERSON)
        cls.owner, cls.author = make_user('Olga Owner'), make_user('Anna Author', groups=('Board',))
        cls.colleague = make_user('Berta Bell', groups=('Board',))
        cls.editor = make_editor('Edith Editor')
        cls.playbook = make_playbook('launch', versions=1, owner=cls.owner, audience=['Board'])
        cls.draft = write(cls.playbook, cls.author, 'Better.\n')
        cls.url = reverse('playbooks:draft_people', args=['launch', cls.draft.pk])

    def setUp(self):
        self.client.force_login(self.author)

    def post(self, name, data):
        return self.client.post(reverse(f'playbooks:draft_{name}', args=['launch', self.draft.pk]), data)

    def test_a_colleague_writes_the_same_draft_and_is_told(self):
        self.post('people', {'along-people': 'Berta Bell'})

        self.assertEqual(DraftAuthor.objects.get().person, self.colleague)
        self.assertEqual(Notice.objects.get().kind, 'writes_along')
        self.client.force_login(self.colleague)
        edit = reverse('playbooks:draft_edit', args=['launch', self.draft.pk])
        self.client.post(edit, {'title': 'Launch', 'text': 'Better, by two.\n', 'revision': 2, 'base': 1})
        draft = Draft.objects.get()
        self.assertEqual((draft.text, draft.saved_by), ('Better, by two.\n', self.colleague))
        self.assertEqual(draft.hands(), {self.author.pk, self.colleague.pk})

    def test_who_may_not_read_the_page_does_not_write_along(self):
        outsider = make_user('Otto Outside')
        for written in ('Otto Outside', 'Nobody Here', ' ', 'Anna Author', 'Berta Bell\nOtto Outside'):
            with self.subTest(written=written):
                answer = self.post('people', {'along-people': written})

                self.assertContains(answer, written.strip().splitlines()[0] if written.strip() else '', status_code=422)
        with self.assertRaises(suggesting.NotAllowed):
            suggesting.write_with(draft=self.draft, person=outsider, by=self.author)

        self.assertFalse(DraftAuthor.objects.exists())

    def test_who_was_taken_off_writes_along_no_longer_but_has_a_hand_in_what_they_wrote(self):
        DraftAuthor.objects.create(draft=self.draft, person=self.colleague)
        write_along = Draft.objects.select_related('playbook', 'author', 'base').get()
        write_along = self.saved(write_along, 'By Berta.\n', self.colleague)
        self.saved(write_along, 'By Anna again.\n', self.author)

        self.post('remove', {'person': self.colleague.pk})

        self.assertFalse(DraftAuthor.objects.exists())
        self.assertIn(self.colleague.pk, Draft.objects.get().hands())
        self.client.force_login(self.colleague)
        self.assertEqual(self.client.get(reverse('playbooks:draft', args=['launch', self.draft.pk])).status_code, 404)

    def test_the_hands_in_a_text_stay_when_it_goes_on_in_the_draft_of_who_wrote_along(self):
        DraftAuthor.objects.create(draft=self.draft, person=self.colleague)
        open_in_a_tab = Draft.objects.select_related('playbook', 'author', 'base').get()
        suggesting.discard(draft=self.draft, by=self.author)

        theirs = self.saved(open_in_a_tab, 'Mostly by Anna.\n', self.colleague)

        self.assertEqual(theirs.author, self.colleague)
        self.assertEqual(Draft.objects.get(pk=theirs.pk).hands(), {self.author.pk, self.colleague.pk})

    def saved(self, draft, text, by):
        return save_draft(draft=draft, title=draft.title, text=text, fields={}, shown_revision=draft.revision, by=by)

    def test_the_link_is_made_and_taken_back(self):
        self.post('share', {'make': '1'})
        first = Draft.objects.get().share_key
        self.assertContains(self.client.get(self.url), f'key={first}')
        self.post('share', {'make': '1'})
        self.assertNotIn(Draft.objects.get().share_key, ('', first))

        self.post('share', {'revoke': '1'})

        self.assertEqual(Draft.objects.get().share_key, '')

    def test_those_who_may_approve_are_asked_and_nobody_else_can_be(self):
        friend = make_user('Fred Friend', groups=('Board',))
        offered = self.client.get(self.url).context['ask'].fields['people'].queryset
        self.assertEqual({one.name for one in offered}, {'Edith Editor', 'Olga Owner'})
        for people in ([friend.pk], [self.editor.pk, friend.pk], [self.author.pk], ['x'], []):
            with self.subTest(people=people):
                self.assertEqual(self.post('ask', {'ask-people': people}).status_code, 422)
        self.assertFalse(ApprovalRequest.objects.exists())

        self.post('ask', {'ask-people': [self.editor.pk]})

        request, notice = ApprovalRequest.objects.get(), Notice.objects.get()
        self.assertEqual((request.person, request.asked_by), (self.editor, self.author))
        self.assertEqual((notice.person, notice.kind), (self.editor, 'approval_asked'))

    def test_who_is_named_by_the_page_or_its_type_can_be_asked(self):
        by_page, by_kind = make_user('Paula Page'), make_user('Karl Kind')
        self.playbook.approvers.add(by_page)
        self.playbook.kind.approvers.add(by_kind)

        self.post('ask', {'ask-people': [by_page.pk, by_kind.pk]})

        self.assertEqual({one.person for one in ApprovalRequest.objects.all()}, {by_page, by_kind})

    def test_who_is_asked_no_longer_sees_it_no_longer(self):
        named = make_user('Paula Page')
        self.playbook.approvers.add(named)
        self.post('ask', {'ask-people': [named.pk]})
        self.post('remove', {'person': named.pk})
        self.client.force_login(named)

        self.assertEqual(self.client.get(reverse('playbooks:draft', args=['launch', self.draft.pk])).status_code, 404)

    def test_only_the_author_says_who_has_to_do_with_it(self):
        suggesting.send(draft=self.draft, by=self.author)
        DraftAuthor.objects.create(draft=self.draft, person=self.colleague)
        for who in (self.owner, self.colleague, self.editor):
            self.client.force_login(who)
            self.assertEqual(self.client.get(self.url).status_code, 200)
            for name, data in (
                ('people', {'along-people': 'Edith Editor'}),
                ('share', {'make': '1'}),
                ('remove', {'person': self.colleague.pk}),
            ):
                with self.subTest(who=who, name=name):
                    self.assertEqual(self.post(name, data).status_code, 403)

        self.assertEqual((DraftAuthor.objects.count(), Draft.objects.get().share_key), (1, ''))

    def test_the_number_of_queries_does_not_grow(self):
        for number in (1, 3):
            for _more in range(number):
                DraftAuthor.objects.create(draft=self.draft, person=make_user())
                ApprovalRequest.objects.create(draft=self.draft, person=make_editor())
            self.client.get(self.url)
            with self.assertNumQueries(8):
                self.client.get(self.url)
