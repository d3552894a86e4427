"""The list of suggestions: to decide, one's own, decided, and what waits for one's approval."""

from django.test import TestCase
from django.urls import reverse

from playbooks import approving, suggesting
from playbooks.models import Kind
from tests.factories import make_editor, make_kind, make_playbook, make_user

from .test_suggestion_new import write

URL = reverse('playbooks:suggestions')


class SuggestionsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_kind('guide', approval=Kind.Approval.EDITOR)
        cls.owner, cls.author, cls.editor = make_user('Olga Owner'), make_user('Anna Author'), make_editor()
        cls.playbook = make_playbook('launch', text='As it is.\n', owner=cls.owner)
        cls.other = make_playbook('other', text='As it is.\n')
        cls.one, cls.two = (cls.suggest(page) for page in (cls.playbook, cls.other))

    @classmethod
    def suggest(cls, page, author=None):
        author = author or cls.author
        return suggesting.send(draft=write(page, author, 'As it could be.\n'), by=author, why='Because.')

    def listed(self, who, **query):
        self.client.force_login(who)
        return {one.pk for one in self.client.get(URL, query).context['page'].object_list}

    def test_everybody_sees_what_is_theirs_to_decide_and_their_own(self):
        self.assertEqual(self.listed(self.owner), {self.one.pk})
        self.assertEqual(self.listed(self.editor), {self.one.pk, self.two.pk})
        self.assertEqual(self.listed(self.author), {self.one.pk, self.two.pk})
        self.assertEqual(self.listed(self.owner, show='mine'), set())
        self.assertEqual(self.listed(make_user()), set())

    def test_what_is_decided_moves_to_its_own_list_and_stays_with_its_author(self):
        suggesting.decline(suggestion=self.one, by=self.owner, reason='No.')

        self.assertEqual(self.listed(self.owner), set())
        self.assertEqual(self.listed(self.owner, show='decided'), {self.one.pk})
        self.assertEqual(self.listed(self.author, show='mine'), {self.one.pk, self.two.pk})
        self.assertEqual(self.listed(self.author, show='decided'), {self.one.pk, self.two.pk})

    def test_the_library_says_how_many_wait(self):
        self.client.force_login(self.owner)
        self.assertContains(self.client.get(reverse('playbooks:library')), '1<span class="vh"> to decide</span>')

    def test_odd_addresses_are_no_errors(self):
        self.client.force_login(self.editor)
        for query in ({'show': 'nonsense'}, {'page': '99999999999'}, {'page': 'x', 'show': 'mine'}):
            self.assertEqual(self.client.get(URL, query).status_code, 200)
        self.assertEqual(self.client.post(URL).status_code, 405)

    def test_an_author_who_lost_the_page_does_not_see_its_title(self):
        board = make_playbook('pay', text='Pay.\n', audience=['Board'])
        member = make_user(groups=('Board',))
        self.suggest(board, member)
        member.groups.clear()

        self.assertEqual(self.listed(member), set())

    def test_the_number_of_queries_does_not_grow(self):
        for number in (1, 3):
            for _more in range(number):
                page = make_playbook(text='As it is.\n', owner=self.owner)
                suggestion = self.suggest(page, make_user())
                approving.ask(draft=suggestion.draft, people=[self.editor], by=self.owner)
            self.client.force_login(self.editor)
            self.client.get(URL)
            with self.assertNumQueries(7):
                self.assertContains(self.client.get(URL), 'Waiting for your approval')
