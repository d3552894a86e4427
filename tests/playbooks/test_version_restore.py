from django.test import TestCase
from django.urls import reverse

from playbooks.actions import archive
from playbooks.drafts import save_draft, start_draft
from playbooks.models import Draft, DraftAuthor, Version
from tests.factories import make_editor, make_playbook, make_user, publish_text

FIRST = '- [ ] Write the promise {#promise}\n- [ ] Rehearse {#rehearse}\n'


class VersionRestoreTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.editor = make_editor()
        cls.playbook = make_playbook('launch')
        publish_text(cls.playbook, FIRST, title='Launch', fields={'tier': '1'})
        publish_text(cls.playbook, FIRST.replace('the promise', 'a wish'), title='Wishing')
        cls.url = reverse('playbooks:version_restore', args=['launch', 1])

    def setUp(self):
        self.client.force_login(self.editor)

    def post(self, **data):
        return self.client.post(self.url, {'revision': 0} | data)

    def test_says_first_what_would_change_and_writes_nothing(self):
        response = self.client.get(self.url)

        self.assertContains(response, 'The title becomes “Launch”.')
        self.assertContains(response, '1 passage changed.')
        self.assertContains(response, 'href="/playbooks/launch/compare/1/2/"')
        self.assertFalse(Draft.objects.exists())

    def test_the_old_text_becomes_a_draft_on_its_way_to_the_publish_step(self):
        response = self.post()

        self.assertRedirects(response, '/playbooks/launch/publish/')
        draft = Draft.objects.get()
        self.assertEqual((draft.title, draft.text, draft.fields), ('Launch', FIRST, {'tier': '1'}))
        self.assertEqual((draft.base, draft.restored_number), (self.playbook.current_version, 1))
        self.assertEqual(Version.objects.count(), 2)

    def test_the_publish_step_asks_what_it_always_asks_and_begins_the_note(self):
        self.post()

        response = self.client.get('/playbooks/launch/publish/')

        self.assertContains(response, 'Back to version 1: ')
        self.assertContains(response, 'name="weight"')

    def test_what_is_published_says_which_version_it_brought_back(self):
        self.post()
        revision = Draft.objects.get().revision

        answers = {'note': 'Back to version 1: wishes do not help.', 'weight': 'clarification', 'revision': revision}
        self.client.post('/playbooks/launch/publish/', answers | {'meaning-0': 'wording'})

        version = self.playbook.versions.get(number=3)
        self.assertEqual((version.text, version.source, version.restored_number), (FIRST, 'restore', 1))
        self.assertEqual(self.playbook.versions.get(number=2).title, 'Wishing')
        self.assertContains(self.client.get('/playbooks/launch/history/'), 'Brought back from v1')

    def test_who_may_not_publish_suggests_it(self):
        self.client.force_login(make_user())

        self.assertRedirects(self.post(), '/playbooks/launch/edit/')

    def test_ones_draft_is_shown_and_not_replaced_before_one_says_so(self):
        draft = start_draft(playbook=self.playbook, author=self.editor)
        save_draft(draft=draft, title='Mine', text='My own words.\n', fields={}, shown_revision=1)

        self.assertContains(self.client.get(self.url), 'My own words.')
        refused = self.post(revision=2)

        self.assertContains(refused, 'Say that its text may be replaced', status_code=422)
        self.assertEqual(Draft.objects.get().text, 'My own words.\n')

    def test_it_is_replaced_where_one_says_so_and_it_is_still_as_it_was_shown(self):
        draft = start_draft(playbook=self.playbook, author=self.editor)
        save_draft(draft=draft, title='Mine', text='My own words.\n', fields={}, shown_revision=1)

        stale = self.post(revision=1, replace='on')
        self.assertRedirects(stale, self.url)
        self.assertEqual(Draft.objects.get().text, 'My own words.\n')

        self.assertRedirects(self.post(revision=2, replace='on'), '/playbooks/launch/publish/')
        self.assertEqual((Draft.objects.get().text, Draft.objects.get().restored_number), (FIRST, 1))

    def test_a_draft_that_others_write_in_is_never_replaced(self):
        draft = start_draft(playbook=self.playbook, author=self.editor)
        DraftAuthor.objects.create(draft=draft, person=make_user())

        refused = self.post(revision=1, replace='on')

        self.assertContains(refused, 'Others write in it', status_code=422)
        self.assertNotEqual(Draft.objects.get().text, FIRST)

    def test_a_draft_begun_in_another_tab_meanwhile_is_not_overwritten(self):
        start_draft(playbook=self.playbook, author=self.editor)

        refused = self.post()

        self.assertEqual(refused.status_code, 422)
        self.assertNotEqual(Draft.objects.get().text, FIRST)

    def test_nonsense_is_refused_and_saves_nothing(self):
        self.assertEqual(self.post(revision='many').status_code, 422)
        self.assertFalse(Draft.objects.exists())

    def test_there_is_nothing_to_bring_back_of_the_current_version_and_not_while_it_is_archived(self):
        current = reverse('playbooks:version_restore', args=['launch', 2])
        self.assertContains(self.client.get(current), 'There is nothing to bring back.')
        self.assertEqual(self.client.post(current, {'revision': 0}).status_code, 422)

        archive(playbook=self.playbook, by=self.editor)

        self.assertContains(self.client.get(self.url), 'Bring it back into use')
        self.assertEqual(self.post().status_code, 422)
        self.assertFalse(Draft.objects.exists())

    def test_a_version_that_is_not_there_is_not_found(self):
        self.assertEqual(self.client.get(reverse('playbooks:version_restore', args=['launch', 3])).status_code, 404)

    def test_costs_few_queries_however_long_the_history_is(self):
        self.client.get(self.url)
        with self.assertNumQueries(5):
            self.client.get(self.url)
        for number in range(3):
            publish_text(self.playbook, f'Text {number}.\n')
        with self.assertNumQueries(5):
            self.client.get(self.url)
