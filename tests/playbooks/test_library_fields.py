"""The fields of a type as columns, filters and orders of the library, on whichever database the tests run."""

import datetime as dt

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from accounts import reader
from playbooks import search
from playbooks.models import Kind, Playbook, SlugHistory
from tests.factories import make_area, make_kind, make_playbook, make_user, publish_text

FIELDS = [
    {'name': 'status', 'label': 'Status', 'type': 'choice', 'choices': ['Proposed', 'Accepted', 'Rejected']},
    {'name': 'cost', 'label': 'Cost', 'type': 'number'},
    {'name': 'renewal_on', 'label': 'Renewal on', 'type': 'date'},
    {'name': 'approved', 'label': 'Approved', 'type': 'yes_no'},
    {'name': 'vendor', 'label': 'Vendor', 'type': 'text'},
    {'name': 'replaced_by', 'label': 'Replaced by', 'type': 'playbook'},
    {'name': 'buyer', 'label': 'Buyer', 'type': 'person'},
]
HTMX = {'HX-Request': 'true'}


def named(slug):
    return Playbook.objects.get(slug=slug)


def days_ago(days):
    return timezone.now() - dt.timedelta(days=days)


class LibraryFieldsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader, cls.buyer = make_user('Rita Reader', locale='en-gb'), make_user('Bea Buyer')
        make_kind('tool', fields=FIELDS)
        make_kind('guide')
        cls.url = reverse('playbooks:library')
        cls.tool('axe', status='Accepted', cost=900, renewal_on='2026-12-01', approved=True, vendor='Oak & Sons')
        cls.tool('bow', status='Proposed', cost='1200.50', renewal_on='2027-03-15', approved=False, replaced_by='axe')
        cls.tool('cup', status='Accepted', cost='-3', vendor='100% oak', buyer=cls.buyer.pk, area=make_area('metrics'))
        cls.tool('dam', status='Retired', cost='a lot', renewal_on='soon', vendor='dam_co')
        cls.tool('elm')
        cls.tool('secret-saw', status='Accepted', cost=1, vendor='Oak', audience=('Leads',))
        make_playbook('fire-drill', text='Guide.\n')

    @staticmethod
    def tool(slug, *, area=None, audience=(), owner=None, **fields):
        playbook = make_playbook(slug, kind='tool', area=area or make_area('tooling'), audience=audience, owner=owner)
        publish_text(playbook, f'Handy {slug}.\n', fields=fields)
        search.index(playbook=playbook, title=playbook.title, plain=f'Handy {slug}.')
        return playbook

    def setUp(self):
        self.client.force_login(self.reader)

    def page(self, **query):
        return self.client.get(self.url, {'kind': 'tool'} | query)

    def shown(self, **query):
        return [row.playbook.slug for row in self.page(**query).context['library'].rows]

    def counts(self, name, **query):
        library = self.page(**query).context['library']
        found = {one.name: one.choices for one in library.field_filters} | library.facets
        return {choice.value: choice.count for choice in found[name]}

    def test_the_fields_are_columns_where_one_type_is_asked_for(self):
        rows = {row.playbook.slug: [one.words for one in row.said] for row in self.page().context['library'].rows}

        self.assertEqual(rows['axe'], ['Accepted', '900', 'Tue 1 Dec', 'Yes', 'Oak & Sons', '', ''])
        self.assertEqual(rows['bow'], ['Proposed', '1200.50', 'Mon 15 Mar 2027', 'No', '', 'Axe', ''])
        self.assertEqual(rows['cup'], ['Accepted', '-3', '', '', '100% oak', '', 'Bea Buyer'])
        self.assertEqual(rows['dam'], ['Retired', 'a lot', 'soon', '', 'dam_co', '', ''])
        self.assertContains(self.page(), '<a href="/playbooks/axe/">Axe</a></td>')

    def test_several_types_or_none_have_the_usual_columns_and_no_field_filters(self):
        for query in ({}, {'kind': ['tool', 'guide']}, {'kind': 'guide'}):
            response = self.client.get(self.url, query)

            self.assertEqual(response.context['library'].columns, [])
            self.assertContains(response, 'Type and area')
            self.assertNotContains(response, 'f-status')

    def test_a_field_that_was_taken_out_is_no_column(self):
        Kind.objects.filter(slug='tool').update(fields=[FIELDS[0] | {'removed': True}, FIELDS[1]])

        self.assertEqual([field.name for field in self.page().context['library'].columns], ['cost'])

    def test_boxes_leave_those_with_any_of_the_values(self):
        self.assertEqual(self.shown(**{'f-status': 'Accepted'}), ['axe', 'cup'])
        self.assertEqual(self.shown(**{'f-status': ['Accepted', 'Retired']}), ['axe', 'cup', 'dam'])
        self.assertEqual(self.shown(**{'f-approved': 'true'}), ['axe'])
        self.assertEqual(self.shown(**{'f-approved': 'false'}), ['bow'])
        self.assertEqual(self.shown(**{'f-status': 'Accepted', 'f-approved': 'false'}), [])

    def test_ranges_of_dates_and_numbers_hold_their_ends_and_leave_out_what_is_neither(self):
        ranges = {
            ('f-renewal_on-from', '2026-12-01'): ['axe', 'bow'],
            ('f-renewal_on-from', '2026-12-02'): ['bow'],
            ('f-renewal_on-to', '2026-12-01'): ['axe'],
            ('f-cost-from', '900'): ['axe', 'bow'],
            ('f-cost-from', '1000.25'): ['bow'],
            ('f-cost-to', '0'): ['cup'],
            ('f-cost-to', '1200.50'): ['axe', 'bow', 'cup'],
        }
        for (name, value), slugs in ranges.items():
            with self.subTest(f'{name}={value}'):
                self.assertEqual(self.shown(**{name: value}), slugs)
        self.assertEqual(self.shown(**{'f-cost-from': '0', 'f-cost-to': '1000'}), ['axe'])

    def test_words_are_sought_in_texts_and_in_the_titles_and_names_that_are_shown(self):
        asked = {
            ('f-vendor', 'OAK'): ['axe', 'cup'],
            ('f-vendor', '100%'): ['cup'],
            ('f-vendor', '_'): ['dam'],
            ('f-replaced_by', 'Axe'): ['bow'],
            ('f-buyer', 'bea'): ['cup'],
            ('f-buyer', self.buyer.email): ['cup'],
            ('f-buyer', 'nobody'): [],
        }
        for (name, value), slugs in asked.items():
            with self.subTest(f'{name}={value}'):
                self.assertEqual(self.shown(**{name: value}), slugs)

    def test_counts_beside_boxes_are_of_what_one_may_see_under_the_other_filters(self):
        self.assertEqual(self.counts('f-status'), {'Proposed': 1, 'Accepted': 2, 'Retired': 1})
        self.assertEqual(self.counts('f-status', **{'f-cost-from': '0'}), {'Proposed': 1, 'Accepted': 1})
        self.assertEqual(self.counts('f-status', area='metrics'), {'Accepted': 1})
        self.assertEqual(self.counts('f-status', **{'f-status': 'Accepted', 'f-approved': 'true'}), {'Accepted': 1})
        self.assertEqual(self.counts('f-approved', **{'f-status': 'Accepted'}), {'true': 1})
        self.assertEqual(self.counts('area', **{'f-status': 'Accepted'}), {'tooling': 1, 'metrics': 1})
        self.assertEqual(self.counts('kind', **{'f-status': 'Accepted'}), {'tool': 5, 'guide': 1})
        self.assertEqual(self.page(**{'f-vendor': 'oak'}).context['library'].total, 2)

    def test_the_number_said_is_the_number_of_rows_under_every_filter(self):
        queries = [
            {},
            {'f-status': 'Accepted'},
            {'f-cost-to': '0'},
            {'f-vendor': 'oak', 'f-status': 'Proposed'},
            {'q': 'axe'},
            {'q': 'handy', 'f-status': 'Accepted'},
            {'mine': 'on'},
        ]
        for query in queries:
            with self.subTest(query):
                library = self.page(**query).context['library']

                self.assertEqual(library.total, len(library.rows))

    def test_sorts_by_each_column_both_ways_and_empty_ones_last(self):
        self.tool('far', replaced_by='elm', buyer=make_user('Ann Able').pk, vendor='abc', approved=True)
        orders = {
            'f-cost': ['cup', 'axe', 'bow', 'dam', 'elm', 'far'],
            '-f-cost': ['bow', 'axe', 'cup', 'dam', 'elm', 'far'],
            'f-renewal_on': ['axe', 'bow', 'cup', 'dam', 'elm', 'far'],
            '-f-renewal_on': ['bow', 'axe', 'cup', 'dam', 'elm', 'far'],
            'f-status': ['bow', 'axe', 'cup', 'dam', 'elm', 'far'],
            '-f-status': ['axe', 'cup', 'bow', 'dam', 'elm', 'far'],
            'f-approved': ['bow', 'axe', 'far', 'cup', 'dam', 'elm'],
            'f-replaced_by': ['bow', 'far', 'axe', 'cup', 'dam', 'elm'],
            'f-buyer': ['far', 'cup', 'axe', 'bow', 'dam', 'elm'],
            '-f-vendor': ['axe', 'dam', 'far', 'cup', 'bow', 'elm'],
        }
        for sort, slugs in orders.items():
            with self.subTest(sort):
                self.assertEqual(self.shown(sort=sort), slugs)

    def test_headings_sort_by_their_column_and_say_so(self):
        response = self.page(sort='f-cost', page=1)

        self.assertContains(response, 'aria-sort="ascending"><a href="/playbooks/?kind=tool&amp;sort=-f-cost">Cost')
        self.assertContains(response, '<a href="/playbooks/?kind=tool&amp;sort=f-status">Status')

    def test_an_order_by_a_field_of_another_type_is_the_usual_order_without_a_word(self):
        response = self.client.get(self.url, {'sort': 'f-cost'})

        self.assertEqual((response.context['library'].sort, response.context['form'].left_out), ('title', []))

    def test_what_makes_no_sense_is_left_out_and_said(self):
        response = self.page(**{'f-cost-from': 'cheap', 'f-renewal_on-to': '2026-02-31', 'sort': 'nonsense'})

        self.assertEqual(response.context['form'].left_out, ['Sort by', 'Cost', 'Renewal on'])
        self.assertEqual(response.context['library'].total, 5)

    def test_no_address_breaks_it(self):
        odd = [
            {'f-status': '\x00'},
            {'f-status': "'; DROP TABLE x --"},
            {'f-cost-from': '1e999'},
            {'f-cost-to': '9' * 400},
            {'f-renewal_on-from': '99999-01-01'},
            {'f-vendor': '%_\\'},
            {'f-vendor': 'x' * 5000},
            {'f-buyer': '\x00'},
            {'sort': '-f-'},
            {'f-nothing': '1'},
        ]

        self.assertEqual([self.page(**query).status_code for query in odd], [200] * len(odd))

    def test_a_name_with_a_hyphen_filters_and_sorts_as_any_other(self):
        fields = [
            {'name': 'decided-on', 'label': 'Decided', 'type': 'date'},
            {'name': 'state-now', 'label': 'State', 'type': 'choice', 'choices': ['A', 'B']},
            {'name': 'next-one', 'label': 'Next', 'type': 'playbook'},
        ]
        Kind.objects.filter(slug='tool').update(fields=fields)
        publish_text(named('axe'), 'Text.\n', fields={'decided-on': '2026-11-24', 'state-now': 'A', 'next-one': 'bow'})

        for query in ({'f-decided-on-to': '2026-12-01'}, {'f-state-now': 'A'}, {'f-next-one': 'Bow'}):
            self.assertEqual(self.shown(sort='-f-next-one', **query), ['axe'])

    def test_a_title_that_one_may_not_see_is_neither_shown_nor_found(self):
        self.tool('fan', replaced_by='secret-saw')

        row = next(row for row in self.page().context['library'].rows if row.playbook.slug == 'fan')

        self.assertEqual((str(row.said[5]), row.said[5].address), ('secret-saw', ''))
        publish_text(named('secret-saw'), 'Text.\n', title='Quiet plan')
        self.assertEqual(self.shown(**{'f-replaced_by': 'Quiet'}), [])

    def test_an_earlier_address_says_the_title_of_today(self):
        SlugHistory.objects.create(slug='old-axe', playbook=named('axe'))
        self.tool('fan', replaced_by='old-axe')

        row = next(row for row in self.page().context['library'].rows if row.playbook.slug == 'fan')

        self.assertEqual(str(row.said[5]), 'Axe')

    def test_choosing_a_type_by_htmx_brings_columns_filters_and_orders(self):
        part = self.client.get(self.url, {'kind': 'tool'}, headers=HTMX | {'HX-Target': 'results'})

        self.assertContains(part, 'name="f-status"')
        self.assertContains(part, 'id="sort" name="sort" class="push" hx-swap-oob="true"')
        self.assertContains(part, '<option value="-f-cost">')

    def test_costs_the_same_with_few_rows_and_with_many_and_no_more_than_without_fields(self):
        def counted():
            for query, queries in (({}, 9), ({'q': 'handy'}, 10), ({'kind': 'guide'}, 9)):
                self.page(**query)
                with self.assertNumQueries(queries):
                    self.page(**query)

        counted()
        for number in range(3):
            self.tool(f'more-{number}', replaced_by='axe', buyer=make_user().pk, status='Accepted', cost=number)
        counted()


class DueTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner = make_user('Olga Owner', locale='en-gb')
        cls.url = reverse('playbooks:library')
        for slug, age, every, who in (
            ('a-fresh', 5, 90, 'owner'),
            ('b-overdue', 100, 90, 'co_owner'),
            ('c-never-due', 500, None, 'owner'),
            ('d-soon', 85, 90, 'owner'),
            ('e-of-others', 300, 90, ''),
        ):
            fields = {who: cls.owner} if who else {}
            playbook = make_playbook(slug, review_every_days=every, **fields)
            publish_text(playbook, 'Text.\n', published_at=days_ago(age))

    def setUp(self):
        self.client.force_login(self.owner)

    def shown(self, **query):
        return [row.playbook.slug for row in self.client.get(self.url, query).context['library'].rows]

    def test_ones_own_are_those_one_keeps_with_what_is_due_first(self):
        self.assertEqual(self.shown(mine='on'), ['b-overdue', 'd-soon', 'a-fresh', 'c-never-due'])
        self.assertEqual(self.shown(mine='on', sort='title'), ['a-fresh', 'b-overdue', 'c-never-due', 'd-soon'])

    def test_all_can_be_sorted_by_what_is_due_next(self):
        self.assertEqual(self.shown(sort='due'), ['e-of-others', 'b-overdue', 'd-soon', 'a-fresh', 'c-never-due'])

    def test_counts_are_of_ones_own(self):
        facets = self.client.get(self.url, {'mine': 'on'}).context['library'].facets

        self.assertEqual({one.value: one.count for one in facets['fresh']}, {'soon': 1, 'overdue': 1, 'never': 2})

    def test_a_row_says_when_it_is_due_next(self):
        with reader.reading_as(locale='en-gb', time_zone='UTC'):
            due = reader.day(timezone.localdate(days_ago(5)) + dt.timedelta(days=90))

        self.assertContains(self.client.get(self.url, {'mine': 'on'}), f'Due {due}')

    def test_the_usual_order_is_the_one_chosen_without_a_word(self):
        page = self.client.get(self.url, {'mine': 'on'})

        self.assertContains(page, '<option value="" selected>Due for checking')
        self.assertContains(page, '<option value="title">Title')
