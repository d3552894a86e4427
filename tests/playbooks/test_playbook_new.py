"""Starting a playbook."""

from django.test import TestCase
from django.urls import reverse

from accounts.models import EDITORS
from playbooks.models import Playbook
from tests.factories import make_area, make_editor, make_kind, make_playbook, make_user


class PlaybookNewTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.area = make_area('metrics')
        cls.guide = make_kind('guide', template='What is this for?\n', area=cls.area, review_every_days=180)
        cls.record = make_kind('decision-record', members_may_publish_first=True)
        cls.editor = make_editor()
        cls.url = reverse('playbooks:playbook_new')

    def start(self, kind='guide', **data):
        return self.client.post(f'{self.url}?kind={kind}', {'title': 'How we test', 'area': self.area.pk} | data)

    def test_an_editor_chooses_among_all_types(self):
        self.client.force_login(self.editor)

        page = self.client.get(self.url)

        self.assertContains(page, '?kind=guide')
        self.assertContains(page, '?kind=decision-record')

    def test_a_member_chooses_among_all_types_but_tracks(self):
        make_kind('onboarding-track')
        self.client.force_login(make_user())

        page = self.client.get(self.url)

        self.assertContains(page, '?kind=guide')
        self.assertContains(page, '?kind=decision-record')
        self.assertNotContains(page, '?kind=onboarding-track')

    def test_what_a_member_writes_is_a_suggestion_that_they_cannot_publish(self):
        member = make_user()
        self.client.force_login(member)

        self.start()

        playbook = Playbook.objects.get()
        self.assertEqual((playbook.owner, playbook.drafts.get().author), (None, member))
        step = self.client.post(reverse('playbooks:playbook_publish', args=[playbook.slug]), {'revision': 1})
        self.assertEqual((step.status_code, playbook.versions.count()), (403, 0))

    def test_the_rule_of_the_type_says_who_owns_a_new_one(self):
        named = make_user('Nora Named')
        make_kind('policy', owner_rule='person', default_owner=named)
        make_kind('idea', owner_rule='nobody')
        self.client.force_login(self.editor)

        for kind, owner in (('policy', named), ('idea', None), ('guide', self.editor)):
            self.start(kind, title=f'A {kind}')
            with self.subTest(kind):
                self.assertEqual(Playbook.objects.get(slug=f'a-{kind}').owner, owner)
        named.is_active = False
        named.save()
        self.start('policy', title='Who left')
        self.assertIsNone(Playbook.objects.get(slug='who-left').owner)

    def test_a_new_playbook_starts_from_the_template_of_its_type_as_a_draft(self):
        self.client.force_login(self.editor)

        answer = self.start(tags='testing, "user research"')

        playbook = Playbook.objects.get()
        self.assertRedirects(answer, reverse('playbooks:playbook_edit', args=['how-we-test']))
        self.assertEqual((playbook.kind, playbook.area, playbook.owner), (self.guide, self.area, self.editor))
        self.assertEqual((playbook.current_version, playbook.review_every_days), (None, 180))
        self.assertEqual({tag.name for tag in playbook.tags.all()}, {'testing', 'user research'})
        draft = playbook.drafts.get()
        self.assertEqual((draft.title, draft.text, draft.author), ('How we test', 'What is this for?\n', self.editor))

    def test_the_page_says_what_the_type_brings(self):
        named = make_user('Nora Named')
        make_kind(
            'policy',
            template='## Why\n\n## The rule\n\n- [ ] Tell everybody {#tell}\n',
            fields=[
                {'name': 'status', 'label': 'Status', 'required': True},
                {'name': 'x', 'label': 'X', 'removed': True},
            ],
            owner_rule='person',
            default_owner=named,
            review_every_days=90,
            approval='second_person',
        )
        self.client.force_login(make_user())

        page = self.client.get(f'{self.url}?kind=policy')

        for words in ('Why · The rule', '1 checklist item', 'Status <span', 'Nora Named', 'every 90 days', 'never the'):
            self.assertContains(page, words)
        self.assertEqual([field.label for field in page.context['brings'].fields], ['Status'])
        self.assertContains(self.client.get(f'{self.url}?kind=guide'), 'Nobody yet')
        self.client.force_login(self.editor)
        self.assertContains(self.client.get(f'{self.url}?kind=guide'), '<dd>You</dd>')

    def test_a_taken_address_gets_a_number_and_a_word_of_the_site_is_none(self):
        make_playbook('how-we-test')
        self.client.force_login(self.editor)

        self.start()
        self.start(title='New')

        self.assertEqual(
            set(Playbook.objects.values_list('slug', flat=True)), {'how-we-test', 'how-we-test-2', 'new-2'}
        )

    def test_a_title_without_any_letters_gets_the_type_as_its_address(self):
        self.client.force_login(self.editor)

        self.start(title='???')

        self.assertEqual(Playbook.objects.get().slug, 'guide')

    def test_an_audience_restricts_who_reads_it(self):
        group = self.editor.groups.get(name=EDITORS)
        self.client.force_login(self.editor)

        self.start(audience=[group.pk])

        self.assertEqual(list(Playbook.objects.get().audience.all()), [group])

    def test_members_set_neither_tags_nor_audience(self):
        group = self.editor.groups.get(name=EDITORS)
        self.client.force_login(make_user())

        self.start('decision-record', tags='mine', audience=[group.pk])

        playbook = Playbook.objects.get()
        self.assertFalse(playbook.tags.exists() or playbook.audience.exists())

    def test_a_member_cannot_start_a_track_by_its_address(self):
        make_kind('onboarding-track')
        self.client.force_login(make_user())

        self.start('onboarding-track')

        self.assertFalse(Playbook.objects.exists())

    def test_an_incomplete_form_comes_back_with_what_was_typed_and_nothing_is_made(self):
        self.client.force_login(self.editor)

        answer = self.start(title='', tags='testing')

        self.assertContains(answer, 'value="testing"', status_code=422)
        self.assertFalse(Playbook.objects.exists())

    def test_the_number_of_queries_does_not_depend_on_the_number_of_types(self):
        def counted():
            self.client.force_login(self.editor)
            self.client.get(self.url)
            with self.assertNumQueries(3):
                self.client.get(self.url)

        counted()
        for number in range(8):
            make_kind(f'kind-{number}')
        counted()
