import csv
import datetime as dt
import io

from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks import search
from playbooks.library_csv import safe
from playbooks.models import Playbook, Verification
from tests.factories import make_kind, make_playbook, make_user, publish_text

FIELDS = [
    {'name': 'cost', 'label': 'Cost', 'type': 'number'},
    {'name': 'renewal_on', 'label': '=Renewal', 'type': 'date'},
    {'name': 'replaced_by', 'label': 'Replaced by', 'type': 'playbook'},
    {'name': 'buyer', 'label': 'Buyer', 'type': 'person'},
    {'name': 'note', 'label': 'Note', 'type': 'long_text'},
]
PLAIN = ['Title', 'Address', 'Type', 'Area', 'Owner', 'Version', 'Published', 'State', 'Checked', 'Due']


class LibraryCsvTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader, cls.owner = make_user('Rita Reader', locale='de'), make_user('Olga Owner')
        make_kind('tool', fields=FIELDS)
        cls.url = reverse('playbooks:library_csv')
        cls.axe = cls.tool('axe', owner=cls.owner, review_every_days=90)
        cls.tool('secret-saw', audience=('Leads',), cost=1)
        cls.guide = make_playbook('guide-to-all', text='Guide.\n')

    @staticmethod
    def tool(slug, *, cost='', **fields):
        values = {name: fields.pop(name) for name in [one['name'] for one in FIELDS] if name in fields}
        playbook = make_playbook(slug, kind='tool', **fields)
        publish_text(
            playbook,
            f'Handy {slug}.\n',
            fields=values | ({'cost': cost} if cost else {}),
            published_at=dt.datetime(2026, 1, 31, 23, 30, tzinfo=dt.UTC),
        )
        search.index(playbook=playbook, title=playbook.title, plain=f'Handy {slug}.')
        return playbook

    def setUp(self):
        self.client.force_login(self.reader)

    def get(self, **query):
        response = self.client.get(self.url, query)
        return list(csv.reader(io.StringIO(b''.join(response.streaming_content).decode())))

    def titles(self, **query):
        return [line[0] for line in self.get(**query)[1:]]

    def test_one_line_for_each_playbook_with_what_is_known_of_it(self):
        Verification.objects.create(
            playbook=self.axe, number=1, person=self.owner, at=dt.datetime(2026, 2, 10, 12, tzinfo=dt.UTC)
        )

        headings, line, _guide = self.get()

        self.assertEqual(headings, PLAIN)
        said = ['Axe', 'http://testserver/playbooks/axe/', 'Tool', 'Process', 'Olga Owner', '1', '2026-01-31']
        self.assertEqual(line, [*said, 'Not checked in time', '2026-02-10', '2026-05-11'])

    def test_days_are_those_of_the_reader_although_the_file_is_sent_after_the_page_is_done(self):
        self.client.force_login(make_user(time_zone='Asia/Tokyo'))

        self.assertEqual(self.get(kind='tool')[1][6], '2026-02-01')

    def test_of_one_type_its_fields_are_columns_in_words_for_people_and_as_they_are_for_programs(self):
        self.tool('bow', cost='1200.50', renewal_on='2027-03-15', replaced_by='axe', buyer=self.owner.pk, note='a\nb')

        headings, _axe, bow = self.get(kind='tool')

        self.assertEqual(headings, [*PLAIN, 'Cost', "'=Renewal", 'Replaced by', 'Buyer', 'Note'])
        self.assertEqual(bow[10:], ['1200.50', '2027-03-15', 'Axe', 'Olga Owner', 'a\nb'])

    def test_exactly_what_the_list_shows_under_its_filters_words_and_order(self):
        for number in range(25):
            self.tool(f'saw-{number:02}', cost=str(100 - number))
        for query in (
            {},
            {'kind': 'tool', 'sort': 'f-cost'},
            {'kind': 'tool', 'f-cost-from': '90', 'sort': '-f-cost'},
            {'q': 'handy saw'},
            {'q': 'saw', 'sort': 'title'},
            {'q': 'nowhere'},
            {'mine': 'on'},
            {'fresh': 'overdue'},
        ):
            with self.subTest(query):
                shown, page = [], 1
                while (
                    rows := self.client.get(reverse('playbooks:library'), query | {'page': page})
                    .context['library']
                    .rows
                ):
                    shown += [row.playbook.title for row in rows]
                    page += 1

                self.assertEqual(self.titles(**query), shown)

    def test_holds_nothing_that_one_may_not_see(self):
        self.assertEqual(self.titles(), ['Axe', 'Guide to all'])
        self.client.force_login(make_user(groups=('Leads',)))
        self.assertEqual(self.titles(), ['Axe', 'Guide to all', 'Secret saw'])

    def test_archived_ones_only_where_they_are_asked_for(self):
        Playbook.objects.filter(pk=self.axe.pk).update(archived_at=timezone.now())

        self.assertEqual((self.titles(), self.titles(archived='on')), (['Guide to all'], ['Axe']))

    def test_no_cell_is_a_formula_wherever_it_comes_from(self):
        publish_text(self.guide, 'Text.\n', title='=HYPERLINK("https://evil.example")')
        self.tool('bow', note='@SUM(A1)', replaced_by='-1+1', buyer='+1', cost='-5', renewal_on='\t=1', owner=None)

        cells = {cell for line in self.get() + self.get(kind='tool') for cell in line}

        self.assertEqual([cell for cell in cells if cell[:1] in ('=', '+', '@', '\t', '\r')], [])
        self.assertEqual([cell for cell in cells if cell[:1] == '-'], ['-5'])
        self.assertIn("'@SUM(A1)", cells)

    def test_a_file_for_spreadsheets_begins_with_the_mark_of_its_letters(self):
        plain, marked = (b''.join(self.client.get(self.url, query).streaming_content) for query in ({}, {'bom': 'on'}))

        self.assertEqual(marked, b'\xef\xbb\xbf' + plain)

    def test_it_is_a_file_with_a_name_and_no_page(self):
        response = self.client.get(self.url, {'kind': 'tool'})

        self.assertEqual(response.headers['Content-Type'], 'text/csv; charset=utf-8')
        self.assertRegex(
            response.headers['Content-Disposition'], r'^attachment; filename="tool-2\d{3}-\d\d-\d\d\.csv"$'
        )
        self.assertEqual(self.client.post(self.url).status_code, 405)

    def test_the_list_leads_to_its_file(self):
        page = self.client.get(reverse('playbooks:library'), {'kind': 'tool', 'page': 1, 'f-cost-to': '9'})
        shown = self.client.get(reverse('playbooks:library'), {'kind': 'tool', 'page': 1})

        self.assertNotContains(page, 'library.csv')
        self.assertContains(shown, 'href="/playbooks/library.csv?kind=tool"')
        self.assertContains(shown, 'href="/playbooks/library.csv?kind=tool&amp;bom=on"')

    def test_costs_the_same_for_few_lines_and_for_many(self):
        def counted():
            for query, queries in (({'kind': 'tool'}, 5), ({'kind': 'tool', 'q': 'handy'}, 6)):
                self.get(**query)
                with self.assertNumQueries(queries):
                    self.get(**query)

        counted()
        for number in range(3):
            self.tool(f'saw-{number}', replaced_by='axe', buyer=make_user().pk, owner=make_user())
        counted()


class SafeCellTests(SimpleTestCase):
    def test_numbers_stay_numbers_and_what_could_run_is_text(self):
        cells = {'-5': '-5', '-5.25': '-5.25', '-5+1': "'-5+1", '+49 30': "'+49 30", '=1': "'=1", 'a=1': 'a=1', '': ''}

        self.assertEqual({cell: safe(cell) for cell in cells}, cells)
