"""Sending a draft as a suggestion, and sending it anew after it was changed."""

from django.test import TestCase
from django.urls import reverse

from playbooks.drafts import save_draft, start_draft
from playbooks.models import Draft, Kind, Notice, Playbook, Suggestion
from tests.factories import make_editor, make_kind, make_playbook, make_user


def write(playbook, author, text, **more):
    """This person's draft of the playbook, saved with this text."""
    playbook = Playbook.objects.select_related('kind', 'current_version').get(pk=playbook.pk)
    draft = start_draft(playbook=playbook, author=author)
    return save_draft(
        draft=draft,
        title=more.pop('title', draft.title),
        text=text,
        fields=more.pop('fields', draft.fields),
        shown_revision=draft.revision,
        **more,
    )


class SuggestionNewTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.author = make_user('Olga Owner'), make_user('Anna Author')
        cls.playbook = make_playbook('launch', text='As it is.\n', owner=cls.owner)
        cls.url = reverse('playbooks:suggestion_new', args=['launch'])

    def setUp(self):
        self.client.force_login(self.author)

    def send(self, draft, why='Customers stumble over it.'):
        return self.client.post(self.url, {'why': why, 'revision': draft.revision})

    def test_the_editor_leads_to_it_and_shows_what_changes(self):
        edit = reverse('playbooks:playbook_edit', args=['launch'])
        self.assertContains(self.client.get(edit), 'Send as a suggestion')

        answer = self.client.post(
            edit, {'title': 'Launch', 'text': 'As it could be.\n', 'revision': 0, 'base': 1, 'send': '1'}, follow=True
        )

        self.assertRedirects(answer, self.url)
        self.assertContains(answer, 'could be')
        self.assertContains(answer, 'Olga Owner decides about it')

    def test_what_was_sent_is_kept_exactly_and_the_owner_is_told(self):
        draft = write(self.playbook, self.author, 'As it could be.\n')

        answer = self.send(draft)

        suggestion = Suggestion.objects.get()
        self.assertRedirects(answer, reverse('playbooks:suggestion', args=[suggestion.pk]))
        self.assertEqual(
            (suggestion.text, suggestion.why, suggestion.state, suggestion.base.number, suggestion.draft),
            ('As it could be.\n', 'Customers stumble over it.', 'open', 1, draft),
        )
        notice = Notice.objects.get()
        self.assertEqual((notice.person, notice.kind, notice.actor), (self.owner, 'suggestion_sent', self.author))

    def test_a_page_without_an_owner_is_decided_by_the_editors(self):
        Playbook.objects.update(owner=None)
        editor = make_editor()

        self.send(write(self.playbook, self.author, 'As it could be.\n'))

        self.assertEqual(Notice.objects.get().person, editor)

    def test_a_new_page_is_a_suggestion_and_belongs_to_nobody_until_it_is_accepted(self):
        make_kind('guide')
        self.client.post(
            reverse('playbooks:playbook_new') + '?kind=guide', {'title': 'On call', 'area': self.playbook.area_id}
        )
        page = Playbook.objects.get(slug='on-call')

        shown = self.client.get(reverse('playbooks:suggestion_new', args=['on-call']))
        self.client.post(shown.request['PATH_INFO'], {'why': '', 'revision': 1})

        self.assertContains(shown, 'Suggest a new page')
        self.assertEqual((page.owner, Suggestion.objects.get().playbook), (None, page))

    def test_it_is_sent_again_with_what_changed_and_asks_for_an_answer_anew(self):
        draft = write(self.playbook, self.author, 'As it could be.\n')
        self.send(draft)
        Suggestion.objects.update(state='changes_asked')
        later = write(self.playbook, self.author, 'As it should be.\n')

        self.send(later, why='')

        suggestion = Suggestion.objects.get()
        self.assertEqual((suggestion.state, suggestion.text), ('open', 'As it should be.\n'))
        self.assertEqual(suggestion.why, 'Customers stumble over it.')
        sent = list(suggestion.steps.values_list('state', 'text'))
        self.assertEqual(sent, [('open', 'As it could be.\n'), ('open', 'As it should be.\n')])
        self.assertEqual(Notice.objects.filter(kind='suggestion_sent_again').count(), 1)

    def test_sending_twice_sends_once_and_what_says_nothing_new_is_not_sent(self):
        draft = write(self.playbook, self.author, 'As it is.\n')
        self.assertContains(self.send(draft), 'nothing new', status_code=422)
        self.assertFalse(Suggestion.objects.exists())
        draft = write(self.playbook, self.author, 'As it could be.\n')

        self.send(draft)
        answer = self.send(draft)

        self.assertEqual((answer.status_code, Suggestion.objects.count(), Notice.objects.count()), (422, 1, 1))

    def test_a_draft_saved_elsewhere_meanwhile_is_not_sent_unseen(self):
        draft = write(self.playbook, self.author, 'As it could be.\n')
        write(self.playbook, self.author, 'Half a senten')

        answer = self.send(draft, why='I typed this.')

        self.assertContains(answer, 'I typed this.', status_code=422)
        self.assertFalse(Suggestion.objects.exists())

    def test_bad_input_sends_nothing_and_keeps_what_was_typed(self):
        draft = write(self.playbook, self.author, 'As it could be.\n')
        for data in ({'why': 'x' * 2001, 'revision': draft.revision}, {'why': 'So.', 'revision': 'soon'}, {'why': ''}):
            with self.subTest(data=str(data)[:30]):
                answer = self.client.post(self.url, data)

                self.assertContains(answer, str(data.get('why', '')), status_code=422)

        self.assertFalse(Suggestion.objects.exists())

    def test_who_may_publish_does_not_suggest_and_who_may_not_read_finds_nothing(self):
        restricted = make_playbook('pay', versions=1, audience=['Board'])
        self.assertEqual(self.client.get(reverse('playbooks:suggestion_new', args=['pay'])).status_code, 404)
        write(restricted, self.owner, 'More.\n')
        self.client.force_login(self.owner)

        self.assertEqual(self.client.post(self.url, {'why': '', 'revision': 1}).status_code, 403)
        self.assertFalse(Suggestion.objects.exists())

    def test_without_a_draft_there_is_nothing_to_send(self):
        self.assertRedirects(self.client.get(self.url), reverse('playbooks:playbook_edit', args=['launch']))

    def test_where_members_may_publish_first_versions_nothing_has_to_be_suggested(self):
        kind = make_kind('decision-record', members_may_publish_first=True)
        self.client.post(
            reverse('playbooks:playbook_new') + f'?kind={kind.slug}', {'title': 'We do', 'area': self.playbook.area_id}
        )

        self.assertEqual(self.client.get(reverse('playbooks:suggestion_new', args=['we-do'])).status_code, 403)
        self.assertEqual(Kind.objects.get(slug='decision-record'), Draft.objects.get().playbook.kind)

    def test_the_number_of_queries_is_small(self):
        draft = write(self.playbook, self.author, 'As it could be.\n')
        self.send(draft)
        self.client.get(self.url)
        with self.assertNumQueries(6):
            self.client.get(self.url)
