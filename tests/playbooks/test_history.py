from datetime import timedelta

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks import runs
from playbooks.actions import archive
from playbooks.models import Acknowledgement, Approval, Credit, Verification
from tests.factories import make_editor, make_playbook, make_user, publish_text


class HistoryTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader = make_user()
        cls.author = make_user('Anna Author')
        cls.playbook = make_playbook('launch')
        notes = ['The beginning.', 'Support can stop a launch.', 'A comma.']
        weights = ['process_change', 'process_change', 'editorial']
        for days, (note, weight) in enumerate(zip(notes, weights, strict=True)):
            publish_text(
                cls.playbook,
                f'{note}\n',
                note=note,
                weight=weight,
                author=cls.author,
                published_at=timezone.now() - timedelta(days=30 - days),
            )
        cls.url = reverse('playbooks:history', args=['launch'])

    def setUp(self):
        self.client.force_login(self.reader)

    def entries(self, **query):
        entries = self.client.get(self.url, query).context['entries']
        return [f'checked v{entry.number}' if entry.check else f'v{entry.number}' for entry in entries]

    def test_tells_newest_first_who_changed_what_why_and_how_much_it_matters(self):
        response = self.client.get(self.url)

        self.assertEqual(self.entries(), ['v3', 'v2', 'v1'])
        for words in ('Support can stop a launch.', 'Anna Author', 'We work differently now', 'Small fix'):
            self.assertContains(response, words)

    def test_each_version_leads_to_itself_and_to_what_it_changed(self):
        response = self.client.get(self.url)

        for number in (1, 2, 3):
            self.assertContains(response, f'href="/playbooks/launch/v/{number}/"')
        self.assertContains(response, 'href="/playbooks/launch/compare/2/3/"')
        self.assertNotContains(response, '/compare/0/1/')

    def test_names_an_author_who_has_no_account_and_an_older_source(self):
        publish_text(self.playbook, 'Old.\n', author_name='Grace Gone', restored_number=1, source='restore')

        response = self.client.get(self.url)

        self.assertContains(response, 'Grace Gone')
        self.assertContains(response, 'Brought back from v1')

    def test_names_who_published_where_it_was_somebody_else(self):
        publish_text(self.playbook, 'Theirs.\n', author=self.author, publisher=make_user('Pia Publisher'))
        publish_text(self.playbook, 'Own.\n', author=self.author, publisher=self.author)

        response = self.client.get(self.url)

        self.assertContains(response, 'Published by Pia Publisher')
        self.assertNotContains(response, 'Published by Anna Author')

    def test_says_who_approved_exactly_this_text_and_who_is_thanked(self):
        version = publish_text(self.playbook, 'Approved.\n', author=self.author)
        ola = make_user('Ola Approver')
        Approval.objects.create(playbook=self.playbook, text_hash=version.text_hash, approver=ola)
        Approval.objects.create(playbook=self.playbook, text_hash='0' * 64, approver=make_user('Noor Nobody'))
        Credit.objects.create(version=version, person=None, name='Tom Thanked', reason='suggestion')

        response = self.client.get(self.url)

        self.assertContains(response, 'Approved by Ola Approver', count=1)
        self.assertContains(response, 'Thanks to Tom Thanked, who suggested it', count=1)
        self.assertNotContains(response, 'Noor Nobody')

    def test_checks_stand_above_the_version_they_were_of(self):
        Verification.objects.create(playbook=self.playbook, person=self.author, number=2, remark='Asked support.')

        self.assertEqual(self.entries(), ['v3', 'checked v2', 'v2', 'v1'])
        self.assertContains(self.client.get(self.url), 'Asked support.')

    def test_marks_what_one_has_read_oneself(self):
        Acknowledgement.objects.create(playbook=self.playbook, person=self.reader, number=2)
        Acknowledgement.objects.create(playbook=self.playbook, person=make_user(), number=1)

        self.assertContains(self.client.get(self.url), 'You read this', count=1)

    def test_leaves_only_versions_of_one_weight_where_that_is_asked(self):
        Verification.objects.create(playbook=self.playbook, person=self.author, number=2)

        self.assertEqual(self.entries(weight='process_change'), ['v2', 'v1'])
        self.assertEqual(self.entries(weight='editorial'), ['v3'])
        self.assertContains(self.client.get(self.url, {'weight': 'clarification'}), 'There is no version of this kind.')
        self.assertContains(self.client.get(self.url, {'weight': 'heavy'}), 'left out: Change')

    def test_any_two_can_be_chosen_and_the_two_newest_are_at_first(self):
        response = self.client.get(self.url)

        self.assertContains(response, '<input type="radio" name="old" value="2" checked>')
        self.assertContains(response, '<input type="radio" name="new" value="3" checked>')
        self.assertContains(response, '<form action="/playbooks/launch/compare/"')

    def test_goes_on_on_the_next_page_with_what_was_chosen_and_at_the_same_cost(self):
        self.client.get(self.url)
        with self.assertNumQueries(9):
            self.client.get(self.url)
        for number in range(4, 24):
            version = publish_text(self.playbook, f'Text {number}.\n', author=make_user(), publisher=make_user())
            Approval.objects.create(playbook=self.playbook, text_hash=version.text_hash, approver=make_user())
            Credit.objects.create(version=version, person=make_user(), name='', reason='report')

        with self.assertNumQueries(9):
            first = self.client.get(self.url)
        self.assertContains(first, 'formaction="/playbooks/launch/history/" name="page" value="2">Older versions')
        self.assertEqual(self.entries(page=2), ['v3', 'v2', 'v1'])
        second = self.client.get(self.url, {'page': 2, 'old': 1, 'new': 23})
        self.assertContains(second, '<input type="radio" name="new" value="23" checked>To v23')
        self.assertContains(second, '<input type="radio" name="old" value="1" checked>')
        self.assertEqual(self.client.get(self.url, {'page': 3}).status_code, 404)

    def test_loads_no_texts(self):
        self.client.get(self.url)
        with self.assertNumQueries(9) as queries:
            self.client.get(self.url)

        for query in queries.captured_queries:
            self.assertNotIn('"playbooks_version"."text"', query['sql'])
            self.assertNotIn('"playbooks_approval"."text"', query['sql'])

    def test_an_odd_page_number_is_left_out(self):
        response = self.client.get(self.url, {'page': 'last'})

        self.assertContains(response, 'left out: Page')

    def test_what_is_not_shared_has_no_history_either(self):
        make_playbook('pay-bands', versions=2, audience=('Leads',))

        self.assertEqual(self.client.get(reverse('playbooks:history', args=['pay-bands'])).status_code, 404)

    def test_of_an_archived_playbook_says_by_whom_and_since_when_and_offers_to_bring_it_back(self):
        archive(playbook=self.playbook, by=self.author)

        self.assertContains(self.client.get(self.url), 'by Anna Author.')
        self.assertNotContains(self.client.get(self.url), 'Bring it back into use')
        self.client.force_login(make_editor())
        self.assertContains(self.client.get(self.url), 'action="/playbooks/launch/unarchive/"')


class SinceTests(TestCase):
    """From where one may want to see what changed: on the history and beside every comparison."""

    @classmethod
    def setUpTestData(cls):
        cls.reader = make_user('Rita Reader')
        cls.playbook = make_playbook('launch', versions=2)

    def setUp(self):
        self.client.force_login(self.reader)

    def offered(self):
        page = self.client.get(reverse('playbooks:history', args=['launch']))
        return [(one.words, one.number) for one in page.context['since']]

    def publish(self):
        publish_text(self.playbook, 'Another text.\n')

    def test_the_version_one_has_read(self):
        Acknowledgement.objects.create(playbook=self.playbook, person=self.reader, number=1)
        Acknowledgement.objects.create(playbook=self.playbook, person=make_user(), number=2)
        self.publish()

        self.assertEqual(self.offered(), [('you read it', 1)])
        page = self.client.get(reverse('playbooks:compare', args=['launch', 1, 3]))
        self.assertContains(page, 'href="/playbooks/launch/compare/1/3/" aria-current="true">you read it')

    def test_the_version_of_a_launch_one_takes_part_in(self):
        start = {'version': self.playbook.current_version, 'anchor_on': timezone.localdate(), 'by': self.reader}
        runs.start_run(owner=self.reader, name='Roster', **start)
        runs.start_run(owner=make_user(), name='Of others', **start)
        self.publish()

        self.assertEqual(self.offered(), [('the version of “Roster”', 2)])

    def test_the_version_that_a_page_cites_which_one_may_read(self):
        publish_text(make_playbook('decision'), 'By [the checklist](playbook:launch@1#promise).\n', title='Decision 7')
        publish_text(make_playbook('secret', audience=('Leads',)), '[x](playbook:launch@1)\n', title='Secret')
        publish_text(make_playbook('loose'), '[x](playbook:launch)\n', title='Loose')
        old = make_playbook('old')
        publish_text(old, '[x](playbook:launch@1)\n', title='Old')
        publish_text(old, 'Cites nothing any more.\n', title='Old')

        self.assertEqual(self.offered(), [('“Decision 7” cited it', 1)])

    def test_nothing_where_nothing_is_newer(self):
        Acknowledgement.objects.create(playbook=self.playbook, person=self.reader, number=2)

        self.assertEqual(self.offered(), [])
