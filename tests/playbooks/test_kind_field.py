from django.test import TestCase
from django.urls import reverse

from playbooks.kind_fields import KindField
from playbooks.kinds import add_field, field_name, move_field
from playbooks.models import Kind
from tests.factories import make_editor, make_kind, make_playbook, make_user, publish_text

STATUS = {'name': 'status', 'label': 'Status', 'type': 'choice', 'required': True, 'choices': ['Open', 'Closed']}
DUE = {'name': 'due_on', 'label': 'Due on', 'type': 'date', 'required': False}
NOTE = {'name': 'note', 'label': 'Note', 'type': 'text', 'required': False}


class KindFieldTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.kind = make_kind('tool', fields=[STATUS, DUE, NOTE])
        cls.editor = make_editor()

    def setUp(self):
        self.client.force_login(self.editor)

    def at(self, view, *args):
        return reverse(f'playbooks:{view}', args=['tool', *args])

    def fields(self):
        return Kind.objects.get(slug='tool').fields

    def names(self):
        return [field['name'] for field in self.fields()]

    def test_a_new_field_stands_last_under_a_name_made_from_its_label(self):
        values = {'label': 'Renewal on', 'type': 'date', 'remind_days': '30', 'help': 'The last day to give notice.'}

        response = self.client.post(self.at('kind_field_new'), values)

        self.assertRedirects(response, self.at('kind'))
        made = {'name': 'renewal_on', 'label': 'Renewal on', 'type': 'date', 'required': False, 'remind_days': 30}
        self.assertEqual(self.fields()[-1], made | {'help': 'The last day to give notice.'})

    def test_a_label_changes_and_the_name_stays(self):
        values = {'label': 'State', 'type': 'choice', 'choices': 'Open\n\n Closed \nOpen\nLost', 'required': 'on'}

        self.client.post(self.at('kind_field', 'status'), values)

        self.assertEqual(self.fields()[0], STATUS | {'label': 'State', 'choices': ['Open', 'Closed', 'Lost']})

    def test_bad_input_is_said_at_its_place_and_saves_nothing(self):
        bad = {
            'label': {'label': ''},
            'type': {'type': 'file'},
            'choices': {'type': 'choice', 'choices': 'Only one'},
            'remind_days': {'type': 'text', 'remind_days': '3'},
            'help': {'help': 'x' * 201},
        }
        for name, values in bad.items():
            for address in (self.at('kind_field_new'), self.at('kind_field', 'note')):
                with self.subTest(f'{address} {name}'):
                    response = self.client.post(address, {'label': 'Fine', 'type': 'text'} | values)

                    self.assertEqual(response.status_code, 422)
                    self.assertEqual(list(response.context['form'].errors), [name])
        self.assertEqual(self.fields(), [STATUS, DUE, NOTE])

    def test_buttons_move_a_field_past_its_neighbor_and_no_further(self):
        move = self.at('kind_field_move', 'note')

        for way, order in (
            ('down', ['status', 'due_on', 'note']),
            ('up', ['status', 'note', 'due_on']),
            ('up', ['note', 'status', 'due_on']),
            ('up', ['note', 'status', 'due_on']),
            ('sideways', ['note', 'status', 'due_on']),
        ):
            self.assertRedirects(
                self.client.post(move, {'way': way}), self.at('kind') + '#field-note', fetch_redirect_response=False
            )
            self.assertEqual(self.names(), order)

    def test_a_move_passes_over_what_was_taken_out(self):
        Kind.objects.filter(slug='tool').update(fields=[STATUS, DUE | {'removed': True}, NOTE])

        move_field(kind=self.kind, name='note', up=True)

        self.assertEqual(self.names(), ['note', 'due_on', 'status'])

    def test_taking_out_is_said_with_what_it_means_and_can_be_taken_back(self):
        playbook = make_playbook(kind='tool')
        publish_text(playbook, 'Text.\n', fields={'note': 'Kept.'})

        self.assertContains(self.client.get(self.at('kind_field', 'note')), 'One playbook says something here.')
        self.client.post(self.at('kind_field_remove', 'note'))

        self.assertEqual(self.fields()[-1], NOTE | {'removed': True})
        self.assertEqual(playbook.versions.get().fields, {'note': 'Kept.'})
        self.assertNotContains(self.client.get(playbook.get_absolute_url()), 'Kept.')
        self.assertContains(self.client.get(self.at('kind')), 'Taken out')
        self.client.post(self.at('kind_field_remove', 'note'), {'back': 'on'})
        self.assertEqual(self.fields(), [STATUS, DUE, NOTE])
        self.assertContains(self.client.get(playbook.get_absolute_url()), 'Kept.')

    def test_the_type_of_a_field_that_texts_have_changes_only_among_what_is_stored_alike(self):
        publish_text(make_playbook(kind='tool'), 'Text.\n', fields={'note': 'Kept.'})

        refused = self.client.post(self.at('kind_field', 'note'), {'label': 'Note', 'type': 'date'})
        self.client.post(self.at('kind_field', 'note'), {'label': 'Note', 'type': 'long_text'})
        self.client.post(self.at('kind_field', 'due_on'), {'label': 'Due on', 'type': 'number'})

        self.assertEqual(refused.status_code, 422)
        self.assertEqual([field['type'] for field in self.fields()], ['choice', 'number', 'long_text'])

    def test_only_editors_change_fields_and_what_is_not_there_is_not_there(self):
        self.assertEqual(self.client.get(self.at('kind_field', 'nothing')).status_code, 404)
        self.client.force_login(make_user())

        for view, args in (('kind_field_new', ()), ('kind_field', ('note',)), ('kind_field_remove', ('note',))):
            self.assertEqual(self.client.post(self.at(view, *args), {'label': 'X', 'type': 'text'}).status_code, 403)
        self.assertEqual(self.fields(), [STATUS, DUE, NOTE])

    def test_a_list_of_fields_ends_somewhere(self):
        Kind.objects.filter(slug='tool').update(
            fields=[{'name': f'f{number}', 'label': 'F', 'type': 'text'} for number in range(40)]
        )

        response = self.client.post(self.at('kind_field_new'), {'label': 'More', 'type': 'text'})

        self.assertContains(response, 'A type may have 40 fields.', status_code=422)

    def test_two_who_add_a_field_at_once_both_have_theirs(self):
        one, other = Kind.objects.get(slug='tool'), Kind.objects.get(slug='tool')

        add_field(kind=one, field=KindField('', 'Cost'))
        add_field(kind=other, field=KindField('', 'Cost'))

        self.assertEqual(self.names(), ['status', 'due_on', 'note', 'cost', 'cost_2'])

    def test_names_are_words_that_addresses_and_databases_take(self):
        labels = ['Renewal on', '2nd choice', 'Größe', '状態', 'New', 'x' * 80]

        names = [field_name(label, {'renewal_on'}) for label in labels]

        self.assertEqual(names, ['renewal_on_2', 'f_2nd_choice', 'groe', 'field', 'new_2', 'x' * 40])
