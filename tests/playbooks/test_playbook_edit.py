"""The editor: drafts, their preview, two tabs, a newer version, putting a draft away and back."""

from django.core.cache import cache
from django.test import TestCase
from django.urls import reverse

from playbooks.drafts import save_draft, start_draft
from playbooks.limits import is_within
from playbooks.models import Draft
from playbooks.views import writing
from tests.factories import CHECKLIST, make_editor, make_kind, make_playbook, make_user, publish_text

HTMX = {'HTTP_HX_REQUEST': 'true'}


class EditorTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner = make_user('Olga')
        make_kind('guide', fields=[{'name': 'tier', 'label': 'Tier', 'type': 'choice', 'choices': ['One', 'Two']}])
        cls.playbook = make_playbook('launch', text=CHECKLIST, owner=cls.owner)
        cls.url = reverse('playbooks:playbook_edit', args=['launch'])

    def setUp(self):
        cache.clear()
        self.client.force_login(self.owner)

    def save(self, text, *, revision=0, url=None, htmx=False, **data):
        sent = {'title': 'Launch', 'text': text, 'revision': revision, 'base': 1, 'field-tier': 'One'} | data
        return self.client.post(url or self.url, sent, **HTMX if htmx else {})

    def draft(self):
        return Draft.objects.kept().get(playbook=self.playbook, author=self.owner)


class PlaybookEditTests(EditorTestCase):
    def test_opening_the_editor_shows_the_current_text_and_writes_nothing(self):
        page = self.client.get(self.url)

        self.assertContains(page, 'Use this for every release.')
        self.assertContains(page, 'Based on v1')
        self.assertFalse(Draft.objects.exists())

    def test_a_first_save_makes_a_draft_based_on_the_version_that_was_shown(self):
        publish_text(self.playbook, 'Published while the editor was open.\n')

        answer = self.save('Mine.\r\n')

        self.assertRedirects(answer, self.url)
        draft = self.draft()
        self.assertEqual((draft.text, draft.base.number, draft.revision), ('Mine.\n', 1, 1))
        self.assertEqual(draft.fields, {'tier': 'One'})
        self.assertEqual(self.playbook.versions.count(), 2)

    def test_the_text_comes_back_exactly_as_it_was_saved(self):
        text = '  Indented, <script>alert(1)</script> & "quoted"\n\n\tTab.  \nTwo spaces.\n'
        self.save(text)

        page = self.client.get(self.url)

        self.assertEqual(page.context['form']['text'].value(), text)
        self.assertNotContains(page, '<script>alert')

    def test_autosave_answers_with_the_new_revision_only(self):
        answer = self.save('Mine.\n', htmx=True)

        self.assertTemplateUsed(answer, 'playbooks/_draft_status.html')
        self.assertContains(answer, 'name="revision" value="1"')
        self.assertContains(answer, 'Draft saved')
        self.assertNotContains(answer, '<html')

    def test_the_first_save_brings_what_only_a_stored_draft_has(self):
        first = self.save('Mine.\n', htmx=True)
        second = self.save('Mine again.\n', revision=1, htmx=True)

        self.assertContains(first, reverse('playbooks:draft', args=['launch', self.draft().pk]))
        self.assertNotContains(second, 'id="edit-bar"')

    def test_whoever_saved_it_last_is_named_where_several_write(self):
        self.save('Mine.\n')
        Draft.objects.update(saved_by=make_user('Berta Both'))

        self.assertContains(self.client.get(self.url), 'Saved by Berta Both')
        answer = self.save('From an old tab.\n', revision=9, htmx=True)
        self.assertContains(answer, 'Not saved: Berta Both saved this draft at', status_code=409)

    def test_a_second_tab_is_told_and_both_texts_are_kept(self):
        self.save('From the first tab.\n')

        answer = self.save('From the second tab.\n')

        self.assertContains(answer, 'From the first tab.', status_code=409)
        self.assertContains(answer, 'From the second tab.', status_code=409)
        self.assertEqual(self.draft().text, 'From the first tab.\n')

    def test_an_autosave_from_a_second_tab_is_told_and_goes_on_being_refused(self):
        self.save('From the first tab.\n')

        answer = self.save('From the second tab.\n', htmx=True)
        again = self.save('From the second tab.\n', revision=answer.context['revision'], htmx=True)

        self.assertContains(answer, 'saved in another tab', status_code=409)
        self.assertEqual(again.status_code, 409)
        self.assertEqual(self.draft().text, 'From the first tab.\n')

    def test_the_same_text_from_two_tabs_is_no_conflict(self):
        self.save('The same.\n')

        self.assertRedirects(self.save('The same.\n'), self.url)
        self.assertEqual(self.draft().revision, 1)

    def test_a_text_that_is_too_large_comes_back_whole_and_nothing_is_saved(self):
        text = 'word ' * 60_000

        answer = self.save(text)

        self.assertContains(answer, 'a text may have 256', status_code=422)
        self.assertEqual(answer.context['form']['text'].value(), text)
        self.assertFalse(Draft.objects.exists())

    def test_a_value_that_the_field_cannot_have_is_refused_with_the_text_kept(self):
        for htmx in (False, True):
            answer = self.save('Mine.\n', **{'field-tier': 'Nine'}, htmx=htmx)

            self.assertEqual(answer.status_code, 422)
            self.assertFalse(Draft.objects.exists())

    def test_the_fields_of_the_kind_come_back_and_what_it_had_before_stays(self):
        start_draft(playbook=self.playbook, author=self.owner)
        Draft.objects.update(fields={'tier': 'Two', 'earlier': 'kept'})

        self.assertEqual(self.client.get(self.url).context['form']['field-tier'].value(), 'Two')
        self.save('Mine.\n', revision=1)

        self.assertEqual(self.draft().fields, {'tier': 'One', 'earlier': 'kept'})

    def test_publish_saves_puts_the_pins_in_and_goes_to_the_step(self):
        text = CHECKLIST + '- [ ] Twice\n- [ ] Twice\n'

        answer = self.save(text, publish='1')

        self.assertRedirects(answer, reverse('playbooks:playbook_publish', args=['launch']))
        self.assertEqual(self.draft().text, CHECKLIST + '- [ ] Twice\n- [ ] Twice {#twice-2}\n')

    def test_the_number_of_queries_does_not_depend_on_the_text(self):
        self.client.get(self.url)

        for text in ('Short.\n', CHECKLIST * 20):
            start_draft(playbook=self.playbook, author=self.owner)
            Draft.objects.update(text=text)
            with self.assertNumQueries(7):
                self.client.get(self.url)


class NewerVersionTests(EditorTestCase):
    def setUp(self):
        super().setUp()
        self.save('Mine.\n')
        publish_text(self.playbook, 'Theirs.\n', note='Because.')

    def test_the_editor_says_so_and_leads_to_where_both_are_brought_together(self):
        page = self.client.get(self.url)

        self.assertContains(page, 'Version 2 was published while you were writing')
        self.assertContains(page, 'Mine.')
        self.assertContains(page, reverse('playbooks:compare', args=['launch', 1, 2]))
        self.assertContains(page, reverse('playbooks:playbook_merge', args=['launch']))


class PlaybookPreviewTests(EditorTestCase):
    def setUp(self):
        super().setUp()
        self.preview = reverse('playbooks:playbook_preview', args=['launch'])

    def test_the_fragment_shows_the_text_safely_and_saves_nothing(self):
        answer = self.save('## Hello\n\n<script>alert(1)</script>\n', url=self.preview, htmx=True)

        self.assertContains(answer, 'id="s-hello"')
        self.assertNotContains(answer, '<script')
        self.assertNotContains(answer, '<html')
        self.assertFalse(Draft.objects.exists())

    def test_problems_are_told_at_their_lines(self):
        answer = self.save('One.\n\n- [ ] A task {due=soon}\n', url=self.preview, htmx=True)

        self.assertContains(answer, 'data-line="3"')
        self.assertContains(answer, 'cannot be read')

    def test_without_a_script_the_whole_page_comes_back_with_the_text(self):
        answer = self.save('## Hello\n', url=self.preview)

        self.assertContains(answer, 'id="s-hello"')
        self.assertEqual(answer.context['form']['text'].value().strip(), '## Hello')
        self.assertFalse(Draft.objects.exists())

    def test_a_text_that_cannot_be_read_is_refused_in_words(self):
        answer = self.save('word ' * 60_000, url=self.preview, htmx=True)

        self.assertContains(answer, 'class="problems"')

    def test_words_and_minutes_are_counted_and_blocks_name_their_lines(self):
        answer = self.save('## Hello\n\n' + 'word ' * 399 + '\n', url=self.preview, htmx=True)

        self.assertContains(answer, '400 words, 2 minutes to read')
        self.assertContains(answer, 'data-line="3"')

    def test_a_mend_is_offered_and_made_without_a_script_and_nothing_is_saved(self):
        text = 'One.\n\n- [ ] A task {roel=buddy}\n'
        mend = self.save(text, url=self.preview).context['preview'].document.problems[0].mend
        page = self.save(text, url=self.preview, mend=f'{mend.line} {mend.label}')

        self.assertEqual(page.context['form']['text'].value(), 'One.\n\n- [ ] A task {role=buddy}\n')
        self.assertContains(page, 'Not saved yet')
        self.assertFalse(Draft.objects.exists())

    def test_a_mend_that_no_longer_fits_changes_nothing_and_says_so(self):
        page = self.save('One.\n', url=self.preview, mend='3 Write role=buddy')

        self.assertContains(page, 'reads differently now')
        self.assertEqual(page.context['form']['text'].value(), 'One.\n')

    def test_lines_become_checklist_items_without_a_script(self):
        text = '## Do\n\n* One\n  2. Two\n☐ Three\n- [x] Four\nFive\n'

        page = self.save(text, url=self.preview, items='1', first_line='1', last_line='6')

        made = '## Do\n\n* [ ] One\n  2. [ ] Two\n- [ ] Three\n- [x] Four\nFive\n'
        self.assertEqual(page.context['form']['text'].value(), made)
        self.assertFalse(Draft.objects.exists())

    def test_the_editors_script_gets_the_text_alone(self):
        lines = {'items': '1', 'first_line': '1', 'last_line': '1'}

        answer = self.save('☐ One\nTwo\n', url=self.preview, htmx=True, **lines)

        self.assertEqual(answer.content.decode(), '- [ ] One\n\nTwo\n')
        self.assertFalse(Draft.objects.exists())

    def test_lines_that_are_not_there_are_refused_at_their_field_with_the_text_kept(self):
        for lines in (
            {},
            {'first_line': '2', 'last_line': '1'},
            {'first_line': '1', 'last_line': '9'},
            {'first_line': 'x'},
        ):
            with self.subTest(lines=lines):
                page = self.save('One.\nTwo.\n', url=self.preview, items='1', **lines)

                self.assertEqual(page.status_code, 422)
                self.assertTrue(page.context['change'].errors)
                self.assertEqual(page.context['form']['text'].value(), 'One.\nTwo.\n')

    def test_one_person_can_look_only_so_often_in_a_minute(self):
        for _ in range(writing.PREVIEWS_A_MINUTE):
            is_within('preview', self.owner, most=writing.PREVIEWS_A_MINUTE, seconds=60)

        self.assertEqual(self.save('One.\n', url=self.preview, htmx=True).status_code, 429)

    def test_it_is_only_posted_to(self):
        self.assertEqual(self.client.get(self.preview).status_code, 405)


class DiscardTests(EditorTestCase):
    def setUp(self):
        super().setUp()
        self.save('Mine.\n')
        self.discard = reverse('playbooks:draft_discard', args=['launch'])
        self.restore = reverse('playbooks:draft_restore', args=['launch'])

    def test_a_discarded_draft_is_gone_from_the_editor_and_undo_brings_it_back(self):
        self.client.post(self.discard)
        editor = self.client.get(self.url)
        self.client.post(self.restore)

        self.assertContains(editor, self.restore)
        self.assertNotContains(editor, 'Mine.')
        self.assertEqual(self.draft().text, 'Mine.\n')

    def test_a_new_draft_takes_the_place_of_the_discarded_one(self):
        self.client.post(self.discard)
        self.save('Begun anew.\n')

        self.client.post(self.restore)

        self.assertEqual(self.draft().text, 'Begun anew.\n')
        self.assertEqual(Draft.objects.count(), 1)

    def test_another_tab_that_goes_on_writing_loses_nothing(self):
        self.client.post(self.discard)

        self.save('Still writing.\n', revision=1)

        self.assertEqual(self.draft().text, 'Still writing.\n')

    def test_both_are_only_posted_to(self):
        for url in (self.discard, self.restore):
            self.assertEqual(self.client.get(url).status_code, 405)
        self.assertEqual(self.draft().text, 'Mine.\n')


class SaveDraftTests(EditorTestCase):
    def test_a_draft_that_was_published_meanwhile_goes_on_as_a_new_one(self):
        editor = make_editor()
        draft = start_draft(playbook=self.playbook, author=editor)
        Draft.objects.filter(pk=draft.pk).delete()

        saved = save_draft(draft=draft, title='Launch', text='After.\n', fields={}, shown_revision=draft.revision)

        self.assertEqual((saved.text, saved.base), ('After.\n', self.playbook.current_version))
        self.assertEqual(Draft.objects.get(author=editor).text, 'After.\n')
