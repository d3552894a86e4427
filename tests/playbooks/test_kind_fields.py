import datetime as dt

from django.core.exceptions import ValidationError
from django.test import SimpleTestCase, TestCase
from django.urls import reverse

from accounts import reader
from playbooks import kind_fields
from playbooks.field_forms import form_field, stored
from playbooks.kind_fields import KindField
from playbooks.models import Draft, Kind, SlugHistory
from tests.factories import make_kind, make_playbook, make_user, publish_text


def field(type_, **more):
    return KindField.of({'name': 'x', 'label': 'X', 'type': type_} | more)


class WordsOfFieldsTests(SimpleTestCase):
    def words(self, type_, value, locale='en-gb'):
        with reader.reading_as(locale=locale, time_zone='UTC'):
            return kind_fields.said(field(type_), value).words

    def test_dates_and_numbers_are_written_as_the_reader_writes_them(self):
        self.assertEqual(self.words('date', '2019-11-12'), 'Tue 12 Nov 2019')
        self.assertEqual(self.words('date', '2019-11-12', 'de'), 'Di 12. Nov 2019')
        self.assertEqual(
            [self.words('number', n) for n in (7200, '12500', '-12500.5')], ['7200', '12,500', '-12,500.5']
        )
        self.assertEqual(self.words('number', '12500.5', 'de'), '12.500,5')

    def test_yes_and_no_are_words(self):
        self.assertEqual([self.words('yes_no', value) for value in (True, False, None)], ['Yes', 'No', ''])

    def test_what_does_not_fit_its_type_says_itself(self):
        for type_, value in (('date', 'soon'), ('date', '2026-13-01'), ('number', 'many'), ('yes_no', 'perhaps')):
            self.assertEqual(self.words(type_, value), value)
        self.assertEqual(self.words('text', ['a', 'b']), 'a, b')

    def test_only_web_addresses_become_links(self):
        safe = kind_fields.said(field('url'), 'https://example.com/a/')
        unsafe = kind_fields.said(field('url'), 'javascript:alert(1)')

        self.assertEqual((safe.words, safe.address, safe.outside), ('example.com/a', 'https://example.com/a/', True))
        self.assertEqual((unsafe.words, unsafe.address), ('javascript:alert(1)', ''))

    def test_changes_are_told_in_words_with_what_was_empty(self):
        fields = [KindField('status', 'Status', 'choice'), KindField('cost', 'Cost', 'number')]

        told = kind_fields.changes(fields, {'status': 'Proposed', 'cost': 5}, {'status': 'Accepted', 'other': 'new'})

        said = ['Status: Proposed → Accepted', 'Cost: emptied (was 5)', 'other: new (was empty)']
        self.assertEqual([str(change) for change in told], said)

    def test_a_number_and_its_digits_are_the_same(self):
        self.assertEqual(kind_fields.changes([KindField('c', 'C', 'number')], {'c': 7200}, {'c': '7200'}), [])

    def test_what_is_no_field_is_left_out(self):
        odd = [{'label': 'X'}, {'name': 'a b'}, {'name': '"'}, {'name': 7}, 'name', None, {'name': 'decided-on'}]

        self.assertEqual([one.name for one in kind_fields.every_field(odd)], ['decided-on'])

    def test_a_description_comes_back_as_it_was(self):
        described = {
            'name': 'renewal_on',
            'label': 'Renewal on',
            'type': 'date',
            'required': True,
            'help': 'The day the contract ends.',
            'remind_days': 30,
        }

        self.assertEqual(KindField.of(described).described, described)


class FieldFormTests(TestCase):
    def clean(self, type_, value, **more):
        return stored(form_field(field(type_, **more)).clean(value))

    def test_values_are_kept_as_json_can_hold_them(self):
        person = make_user()
        given = {
            'date': ('2026-11-12', '2026-11-12'),
            'number': ('1E+3', '1000'),
            'yes_no': ('no', False),
            'person': (str(person.pk), person.pk),
            'playbook': ('playbook:launch', 'launch'),
        }

        for type_, (typed, kept) in given.items():
            self.assertEqual(self.clean(type_, typed), kept)

    def test_a_playbook_is_named_by_short_name_or_by_its_address(self):
        for typed in ('launch', 'playbook:launch', '/playbooks/launch/', 'https://x.example/playbooks/launch/v/3/'):
            self.assertEqual(self.clean('playbook', typed), 'launch')
        for typed in ('Launch Checklist', 'https://[', '../etc'):
            self.assertTrue(self.errors('playbook', typed), typed)

    def errors(self, type_, value, kept=None, **more):
        try:
            form_field(field(type_, **more), kept).clean(value)
        except ValidationError as error:
            return error.messages
        return []

    def test_what_is_no_such_thing_is_refused_in_words(self):
        bad = {
            'date': 'tomorrow',
            'number': 'many',
            'url': 'javascript:x',
            'choice': 'C',
            'yes_no': 'perhaps',
            'person': '9' * 40,
        }
        for type_, value in bad.items():
            self.assertTrue(self.errors(type_, value, choices=['A', 'B']), type_)

    def test_a_value_that_is_no_longer_offered_may_stay(self):
        gone = make_user(is_active=False)

        self.assertEqual(self.errors('choice', 'Old', kept='Old', choices=['New']), [])
        self.assertEqual(self.errors('person', str(gone.pk), kept=gone.pk), [])
        self.assertTrue(self.errors('person', str(gone.pk)))


FIELDS = [
    {'name': 'status', 'label': 'Status', 'type': 'choice', 'choices': ['Proposed', 'Accepted']},
    {'name': 'superseded_by', 'label': 'Superseded by', 'type': 'playbook'},
    {'name': 'decided_by', 'label': 'Decided by', 'type': 'person'},
    {'name': 'decided_on', 'label': 'Decided on', 'type': 'date'},
]


class FieldsOnPagesTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner = make_user('Olga Owner')
        make_kind('decision-record', fields=FIELDS)
        cls.values = {'status': 'Accepted', 'decided_by': cls.owner.pk, 'decided_on': '2019-11-12'}
        cls.newer = make_playbook('links', text='New.\n', kind='decision-record', owner=cls.owner)
        cls.playbook = make_playbook('mails', kind='decision-record', owner=cls.owner)
        publish_text(cls.playbook, 'Text.\n', fields={'status': 'Proposed'})
        publish_text(cls.playbook, 'Text.\n', fields=cls.values | {'superseded_by': 'links'})

    def setUp(self):
        self.client.force_login(make_user('Rita Reader', locale='en-gb'))

    def get(self, name, *args):
        return self.client.get(reverse(f'playbooks:{name}', args=[self.playbook.slug, *args]))

    def test_the_page_says_label_and_value_of_each_and_leads_to_the_other_playbook(self):
        response = self.get('playbook')

        for words in ('<dt>Status</dt><dd>Accepted', '<dd>Olga Owner', '<dd>Tue 12 Nov 2019'):
            self.assertContains(response, words)
        self.assertContains(response, '<dd><a href="/playbooks/links/">Links</a>')

    def test_a_playbook_that_one_may_not_see_is_only_the_word_that_was_typed(self):
        secret = make_playbook('pay', kind='decision-record', audience=('Leads',))
        publish_text(secret, 'Pay.\n', title='What we pay')
        publish_text(self.playbook, 'Text.\n', fields={'superseded_by': 'pay'})

        response = self.get('playbook')

        self.assertContains(response, '<dd>pay')
        self.assertNotContains(response, 'What we pay')

    def test_a_renamed_playbook_is_found_by_its_earlier_address(self):
        SlugHistory.objects.create(slug='old-links', playbook=self.newer)
        publish_text(self.playbook, 'Text.\n', fields={'superseded_by': 'old-links'})

        self.assertContains(self.get('playbook'), '<dd><a href="/playbooks/links/">Links</a>')

    def test_a_version_says_what_it_said_also_of_fields_taken_out_since(self):
        fields = [FIELDS[0] | {'removed': True}, *FIELDS[1:]]
        Kind.objects.filter(slug='decision-record').update(fields=fields)

        self.assertContains(self.get('version', 1), '<dt>Status (no longer asked)</dt><dd>Proposed')
        self.assertNotContains(self.get('playbook'), 'Accepted')

    def test_comparing_says_the_values_in_words_with_their_links(self):
        response = self.get('compare', 1, 2)

        self.assertContains(response, '<td>Proposed\n</td><td><ins>Accepted\n</ins></td>')
        self.assertContains(response, '<ins><a href="/playbooks/links/">Links</a>')

    def test_a_draft_and_the_publish_step_say_which_fields_change(self):
        current = self.playbook.current_version
        changed = self.values | {'status': 'Proposed', 'superseded_by': 'nowhere'}
        draft = Draft.objects.create(
            playbook=self.playbook,
            author=self.owner,
            base=current,
            title=current.title,
            text=current.text,
            fields=changed,
        )
        self.client.force_login(self.owner)

        self.assertContains(self.get('draft', draft.pk), '<del>Accepted\n</del> → <ins>Proposed\n</ins>')
        step = self.get('playbook_publish')
        self.assertContains(step, 'Status: Accepted → Proposed.')
        self.assertContains(step, '“Superseded by”: there is no playbook with the address “nowhere”.')

    def test_a_fact_that_changes_is_no_small_fix_and_a_word_may_be_one(self):
        Kind.objects.filter(slug='decision-record').update(fields=[*FIELDS, {'name': 'why', 'label': 'Why'}])
        self.client.force_login(self.owner)
        publish_text(self.playbook, 'Text.\n', fields=self.values | {'why': 'Becuase.'})
        for fields, weight, status in (
            ({'status': 'Proposed', 'why': 'Becuase.'}, 'clarification', 422),
            ({'status': 'Accepted', 'why': 'Because.'}, 'editorial', 302),
        ):
            current = self.playbook.versions.last()
            draft = Draft.objects.create(
                playbook=self.playbook,
                author=self.owner,
                base=current,
                title=current.title,
                text=current.text,
                fields=self.values | fields,
            )
            step = self.get('playbook_publish')
            answers = {'note': 'Better.', 'weight': 'editorial', 'revision': draft.revision}
            answer = self.client.post(step.request['PATH_INFO'], answers)

            self.assertEqual((step.context['form']['weight'].initial, answer.status_code), (weight, status))
            draft.delete()

        self.assertEqual(self.playbook.versions.last().fields, self.values | {'why': 'Because.'})

    def test_the_page_costs_the_same_with_one_such_value_and_with_three(self):
        self.get('playbook')
        with self.assertNumQueries(8):
            self.get('playbook')
        names = [f'by_{number}' for number in range(3)]
        Kind.objects.filter(slug='decision-record').update(
            fields=FIELDS + [{'name': name, 'label': name, 'type': 'playbook'} for name in names]
        )
        publish_text(self.playbook, 'Text.\n', fields=self.values | dict.fromkeys(names, 'links'))
        with self.assertNumQueries(8):
            self.get('playbook')


class DayTests(SimpleTestCase):
    def test_only_whole_iso_days_are_days(self):
        self.assertEqual(kind_fields.date_of('2026-11-24'), dt.date(2026, 11, 24))
        self.assertEqual([kind_fields.date_of(value) for value in ('20261124', '2026-W48-2', '', None, 7)], [None] * 5)
