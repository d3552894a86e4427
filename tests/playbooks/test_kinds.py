from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks.models import Kind
from tests.factories import make_area, make_editor, make_kind, make_playbook, make_user

VALUES = {
    'name': 'Postmortem',
    'plural': 'Postmortems',
    'position': '3',
    'template': '## What happened\r\n\r\n- [ ] Tell everybody {#tell due=+1wd}\r\n',
    'owner_rule': 'author',
    'review_every_days': '180',
    'approval': 'none',
    'run_noun': 'follow-up',
    'run_plural': 'follow-ups',
    'anchor_noun': 'day of the outage',
    'runs_on_publish': 'owner_choice',
}


class KindsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.url = reverse('playbooks:kinds')
        make_kind('guide', area=make_area('research'), review_every_days=90)

    def setUp(self):
        self.client.force_login(make_editor())

    def test_lists_what_each_brings_and_how_many_playbooks_there_are_of_it(self):
        owner = make_user('Olga Owner')
        make_kind('decision-record', owner_rule='person', default_owner=owner, fields=[{'name': 'a', 'label': 'A'}])
        make_playbook(archived_at=timezone.now())
        make_playbook(versions=1)

        response = self.client.get(self.url)

        for words in ('Research', 'every 90 days', '2 playbooks', 'Olga Owner', 'href="/playbooks/kinds/guide/"'):
            self.assertContains(response, words)

    def test_only_editors_and_administrators_come_in(self):
        self.client.force_login(make_user())

        self.assertEqual(self.client.get(self.url).status_code, 403)
        self.assertNotContains(self.client.get(reverse('playbooks:library')), self.url)

    def test_editors_find_it_from_the_library(self):
        self.assertContains(self.client.get(reverse('playbooks:library')), f'href="{self.url}"')

    def test_costs_the_same_with_one_kind_and_with_three(self):
        self.client.get(self.url)
        with self.assertNumQueries(3):
            self.client.get(self.url)
        make_kind('ritual', owner_rule='person', default_owner=make_user(), area=make_area('metrics'))
        make_kind('metric', owner_rule='person', default_owner=make_user(), area=make_area('process'))
        with self.assertNumQueries(3):
            self.client.get(self.url)


class KindNewTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.url = reverse('playbooks:kind_new')
        cls.editor = make_editor()

    def setUp(self):
        self.client.force_login(self.editor)

    def test_adds_a_kind_with_everything_said_and_leads_to_its_fields(self):
        owner, approver = make_user('Olga Owner'), make_user('Anna Approver')
        more = {'owner_rule': 'person', 'default_owner': owner.pk, 'approval': 'second_person', 'is_track': ''}

        response = self.client.post(self.url, VALUES | more | {'approvers': f'Anna Approver\n{self.editor.email}'})

        self.assertRedirects(response, '/playbooks/kinds/postmortem/')
        kind = Kind.objects.get(slug='postmortem')
        self.assertEqual({*kind.approvers.all()}, {approver, self.editor})
        self.assertEqual((kind.default_owner, kind.approval, kind.review_every_days), (owner, 'second_person', 180))
        self.assertEqual(kind.template, '## What happened\n\n- [ ] Tell everybody {#tell due=+1wd}\n')
        self.assertEqual((kind.run_noun, kind.anchor_noun, kind.position), ('follow-up', 'day of the outage', 3))

    def test_two_of_one_name_have_two_addresses_and_new_is_no_address(self):
        for _ in range(2):
            self.client.post(self.url, VALUES)
        self.client.post(self.url, VALUES | {'name': 'New'})

        self.assertEqual({*Kind.objects.values_list('slug', flat=True)}, {'postmortem', 'postmortem-2', 'new-2'})

    def test_a_preview_shows_the_text_and_its_problems_and_saves_nothing(self):
        response = self.client.post(self.url, VALUES | {'preview': '1'})

        self.assertContains(response, '<h2 id="s-what-happened">')
        self.assertFalse(Kind.objects.exists())

    def test_a_text_that_could_not_be_published_is_refused_at_its_lines_and_kept_on_the_page(self):
        text = 'Fine.\n\n- [ ] One {#same}\n- [ ] Two {#same}\n'

        response = self.client.post(self.url, VALUES | {'template': text})

        self.assertContains(response, 'Line 4: ', status_code=422)
        self.assertContains(response, 'Two {#same}', status_code=422)
        self.assertFalse(Kind.objects.exists())

    def test_bad_input_is_said_at_its_place_and_saves_nothing(self):
        make_user('Sam Same'), make_user('Sam Same')
        bad = {
            'name': [''],
            'plural': ['', 'x' * 61],
            'review_every_days': ['0', '99999999999', 'often'],
            'default_owner': ['', '7777777'],
            'owner_rule': ['', 'everybody'],
            'approval': ['sometimes'],
            'approvers': ['nobody@example.com', 'Sam Same', '\x00'],
            'template': ['x' * 300_000],
            'area': ['9' * 40, '777'],
            'run_noun': ['x' * 41],
            'position': ['-1', '40000000'],
        }
        for name, values in bad.items():
            for value in values:
                with self.subTest(f'{name}: {value[:20]}'):
                    more = {'owner_rule': 'person'} if name == 'default_owner' else {}
                    response = self.client.post(self.url, VALUES | more | {name: value})

                    if value == '\x00':
                        continue
                    self.assertEqual(response.status_code, 422)
                    self.assertIn(name, response.context['form'].errors)
        self.assertFalse(Kind.objects.exclude(approvers=None).exists())

    def test_only_editors_add_one(self):
        self.client.force_login(make_user())

        self.assertEqual(self.client.post(self.url, VALUES).status_code, 403)
        self.assertFalse(Kind.objects.exists())


class KindTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.editor = make_editor()
        cls.kind = make_kind('postmortem', template='Old.\n')
        cls.url = reverse('playbooks:kind', args=['postmortem'])

    def setUp(self):
        self.client.force_login(self.editor)

    def shown(self):
        return self.client.get(self.url).context['form']['shown'].value()

    def post(self, **more):
        return self.client.post(self.url, VALUES | {'shown': self.shown()} | more)

    def test_changes_what_new_ones_start_with_and_no_published_version(self):
        playbook = make_playbook(kind='postmortem', text='Ours.\n')

        response = self.post(review_every_days='30')

        self.assertRedirects(response, self.url)
        self.kind.refresh_from_db()
        self.assertEqual((self.kind.review_every_days, self.kind.name), (30, 'Postmortem'))
        playbook.refresh_from_db()
        self.assertEqual((playbook.review_every_days, playbook.current_version.text), (None, 'Ours.\n'))

    def test_whether_it_is_a_track_changes_only_while_no_playbook_is_of_it(self):
        self.post(is_track='on')
        self.kind.refresh_from_db()
        self.assertTrue(self.kind.is_track)
        make_playbook(kind='postmortem')

        self.post(is_track='')

        self.kind.refresh_from_db()
        self.assertTrue(self.kind.is_track)
        self.assertContains(self.client.get(self.url), 'This cannot change any more')

    def test_two_who_change_it_at_once_overwrite_nothing_and_lose_nothing(self):
        shown = self.shown()
        self.post(template='Theirs.\n')

        response = self.post(shown=shown, template='Mine.\n')

        self.assertEqual(response.status_code, 409)
        self.assertContains(response, 'Theirs.', status_code=409)
        self.assertContains(response, 'Mine.', status_code=409)
        self.kind.refresh_from_db()
        self.assertEqual(self.kind.template, 'Theirs.\n')
        self.assertRedirects(self.post(template='Mine.\n'), self.url)

    def test_a_rule_that_names_nobody_keeps_nobody(self):
        owner = make_user()
        self.post(owner_rule='person', default_owner=owner.pk)
        self.post(owner_rule='nobody', default_owner=owner.pk)

        self.kind.refresh_from_db()
        self.assertEqual((self.kind.owner_rule, self.kind.default_owner), ('nobody', None))

    def test_a_kind_that_is_used_is_not_deleted_and_the_page_says_by_what(self):
        make_playbook(kind='postmortem')

        response = self.client.post(reverse('playbooks:kind_delete', args=['postmortem']), follow=True)

        self.assertTrue(Kind.objects.filter(slug='postmortem').exists())
        self.assertContains(response, 'There are playbooks of this type, so it stays.')
        self.assertContains(response, 'One playbook is of this type, so it stays.')
        self.assertContains(response, 'href="/playbooks/?kind=postmortem"')

    def test_an_unused_kind_is_deleted(self):
        response = self.client.post(reverse('playbooks:kind_delete', args=['postmortem']))

        self.assertRedirects(response, reverse('playbooks:kinds'))
        self.assertFalse(Kind.objects.exists())

    def test_deleting_by_an_address_does_nothing(self):
        self.assertEqual(self.client.get(reverse('playbooks:kind_delete', args=['postmortem'])).status_code, 405)
        self.assertTrue(Kind.objects.exists())

    def test_only_editors_see_and_change_it_and_what_is_not_there_is_not_there(self):
        self.assertEqual(self.client.get('/playbooks/kinds/nothing/').status_code, 404)
        self.client.force_login(make_user())

        for answer in (self.client.get(self.url), self.client.post(self.url, VALUES)):
            self.assertEqual(answer.status_code, 403)
        self.kind.refresh_from_db()
        self.assertEqual(self.kind.template, 'Old.\n')

    def test_costs_the_same_with_one_field_and_with_three(self):
        for fields in ([], [{'name': f'f{n}', 'label': 'F', 'type': 'date', 'remind_days': 1} for n in range(3)]):
            Kind.objects.filter(pk=self.kind.pk).update(fields=fields)
            self.client.get(self.url)
            with self.assertNumQueries(9):
                self.client.get(self.url)
