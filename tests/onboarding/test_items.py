"""What is done with an item of a track from its page, with a script and without."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase

from accounts.models import Mail, User
from playbooks import runs
from playbooks.models import Evidence, RunNote
from tests.factories import make_editor, make_enrollment, make_user

PDF = b'%PDF-1.7 the notes'


class ItemTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.enrollment = make_enrollment()
        cls.the_run = cls.enrollment.run
        cls.maya = cls.the_run.owner
        cls.manager = cls.maya.reports_to
        cls.buddy = User.objects.get(name='Priya Nair')
        cls.editor = make_editor('Wen Li')
        cls.home = cls.enrollment.get_absolute_url()

    def setUp(self):
        self.client.force_login(self.maya)

    def post(self, key, action, *, at='track', htmx=False, target=None, **data):
        headers = {'HX-Request': 'true', 'HX-Target': target or f'i-{key}'} if htmx else {}
        data = {'version': 1, 'at': at} | data
        return self.client.post(f'{self.home}items/{key}/{action}/', data, headers=headers)

    def item(self, key):
        return self.the_run.items.get(key=key)


class TickTests(ItemTests):
    def test_without_a_script_a_tick_leads_back_to_the_item_with_a_way_to_undo_it(self):
        answer = self.post('call', 'complete')

        self.assertRedirects(answer, f'{self.home}#i-call', fetch_redirect_response=False)
        self.assertEqual(self.item('call').state, 'done')
        self.assertContains(
            self.client.get(self.home), f'action="{self.home}items/call/reopen/?version=1&amp;at=track"'
        )

    def test_with_a_script_the_row_comes_back_with_the_figures_that_changed(self):
        answer = self.post('call', 'complete', htmx=True, tick='yes').content.decode()

        self.assertTrue(answer.strip().startswith('<li class="item done" data-row id="i-call">'))
        self.assertIn('aria-pressed="true"', answer)
        for part in (
            'id="ramp" hx-swap-oob="true"',
            'id="track-meta"',
            '1 of 6',
            'Done: Sit in on a call',
            'id="toasts"',
        ):
            self.assertIn(part, answer)
        self.assertNotIn('<html', answer)

    def test_undo_in_the_toast_brings_the_row_back_out_of_band(self):
        self.post('call', 'complete', htmx=True)

        answer = self.client.post(
            f'{self.home}items/call/reopen/?version=1&at=track', headers={'HX-Request': 'true'}
        ).content.decode()

        self.assertIn('id="i-call" hx-swap-oob="true"', answer)
        self.assertEqual(self.item('call').state, 'to_do')

    def test_what_opens_after_it_is_shown_open_at_once(self):
        runs.add_evidence(run=self.the_run, key='notes', by=self.maya, kind='text', text='Three notes.')
        runs.complete(run=self.the_run, key='notes', by=self.maya, shown_number=1)
        self.client.force_login(self.buddy)

        answer = self.post('notes', 'sign-off', htmx=True).content.decode()

        self.assertIn('id="i-brief" hx-swap-oob="true"', answer)
        self.assertNotIn('Opens after', answer)

    def test_on_today_the_row_keeps_the_id_it_has_there(self):
        answer = self.post(
            'call', 'complete', at='today', htmx=True, target=f'r{self.the_run.pk}-call'
        ).content.decode()

        self.assertIn(f'<li class="item done" data-row id="r{self.the_run.pk}-call">', answer)
        self.assertIn('id="answer" hx-swap-oob="true"', answer)
        self.assertRedirects(self.post('meet-team', 'complete', at='today'), '/')

    def test_a_tick_before_its_turn_is_refused_at_the_item_and_changes_nothing(self):
        with_script = self.post('brief', 'complete', htmx=True, tick='yes')
        without = self.post('brief', 'complete')

        for answer in (with_script, without):
            self.assertContains(answer, 'This opens after “Hand in three notes”.', status_code=422)
        self.assertEqual(self.item('brief').state, 'to_do')

    def test_who_may_not_do_it_is_told_so_and_nothing_changes(self):
        answer = self.post('show-around', 'complete')

        self.assertContains(answer, 'This is not yours to do.', status_code=422)
        self.assertEqual(self.item('show-around').state, 'to_do')

    def test_a_form_without_its_version_is_refused(self):
        for version in ('', 'x', '-1', '99999999999999999999', '7'):
            self.assertEqual(self.post('call', 'complete', version=version).status_code, 422, version)
        self.assertEqual(self.item('call').state, 'to_do')

    def test_only_posting_does_anything(self):
        self.assertEqual(self.client.get(f'{self.home}items/call/complete/').status_code, 405)
        self.assertEqual(self.post('call', 'dance').status_code, 404)
        self.assertEqual(self.item('call').state, 'to_do')

    def test_who_has_no_part_in_it_finds_no_item(self):
        self.client.force_login(make_user())

        self.assertEqual(self.post('call', 'comment', note='Hello').status_code, 404)
        self.assertEqual(self.client.get(f'{self.home}items/call/').status_code, 404)
        self.assertFalse(RunNote.objects.exists())


class OpenedTests(ItemTests):
    def test_an_item_has_a_page_and_opens_in_its_row(self):
        page = self.client.get(f'{self.home}items/notes/')
        row = self.client.get(
            f'{self.home}items/notes/?at=track', headers={'HX-Request': 'true', 'HX-Target': 'i-notes'}
        )

        for answer in (page, row):
            self.assertContains(answer, 'Keep what they said apart from what you think.')
            self.assertContains(answer, 'Submit to Priya Nair')
        self.assertContains(page, '<h1>Hand in three notes</h1>', html=True)
        self.assertNotContains(row, '<html')

    def test_handing_in_a_text_and_a_link_and_submitting_them_in_one_go(self):
        answer = self.post('notes', 'hand-in', text='What they said.', url='https://example.com/notes', then='complete')

        self.assertEqual(answer.status_code, 302)
        self.assertEqual(self.item('notes').state, 'awaiting')
        self.assertEqual(
            list(Evidence.objects.values_list('kind', 'text', 'url')),
            [('text', 'What they said.', ''), ('link', '', 'https://example.com/notes')],
        )
        self.assertEqual(
            Mail.objects.filter(kind='sign_off_asked').values_list('person', flat=True).get(), self.buddy.pk
        )

    def test_what_was_typed_stays_when_something_is_wrong_with_it(self):
        answer = self.post('notes', 'hand-in', htmx=True, text='What they said.', url='javascript:alert(1)')

        self.assertContains(answer, 'Enter a whole address', status_code=422)
        self.assertContains(answer, 'What they said.', status_code=422)
        self.assertFalse(Evidence.objects.exists())

    def test_submitting_nothing_is_refused(self):
        self.assertContains(self.post('notes', 'hand-in', then='complete'), 'Hand in a text, a link', status_code=422)
        self.assertEqual(self.item('notes').state, 'to_do')

    def test_files_that_are_not_what_they_say_or_too_large_are_refused(self):
        refused = [
            ('page.html', b'<script>alert(1)</script>'),
            ('page.svg', b'<svg onload="alert(1)"/>'),
            ('notes.pdf', b'MZ not a PDF'),
            ('notes.docx', b'not a zip'),
            ('notes.txt', b'\xff\xfe\x00'),
            ('noending', b'abc'),
            ('notes.pdf', PDF + b'x' * (10 * 1024 * 1024)),
        ]
        for name, content in refused:
            answer = self.post('notes', 'hand-in', file=SimpleUploadedFile(name, content))
            self.assertEqual(answer.status_code, 422, name)
        self.assertFalse(Evidence.objects.exists())

    def test_a_file_is_given_out_as_a_download_and_only_to_who_sees_the_work(self):
        self.post('notes', 'hand-in', file=SimpleUploadedFile('notes.pdf', PDF))
        address = f'/runs/{self.the_run.pk}/evidence/{Evidence.objects.get().pk}/'
        allowed = {}
        for person in (self.maya, self.buddy, self.manager, self.editor, make_user()):
            self.client.force_login(person)
            allowed[person.name] = self.client.get(address).status_code
        self.client.force_login(self.maya)

        answer = self.client.get(address)

        self.assertEqual(list(allowed.values()), [200, 200, 200, 404, 404])
        self.assertEqual(answer.content, PDF)
        self.assertEqual(answer.headers['Content-Disposition'], 'attachment; filename="notes.pdf"')
        self.assertEqual(answer.headers['X-Content-Type-Options'], 'nosniff')

    def test_work_is_taken_back_before_it_is_submitted(self):
        self.post('notes', 'hand-in', text='A slip.')

        self.post('notes', 'take-back', evidence=Evidence.objects.get().pk)

        self.assertFalse(Evidence.objects.exists())

    def test_asking_for_changes_needs_words_and_shows_them_to_the_person(self):
        self.post('notes', 'hand-in', text='Notes.', then='complete')
        self.client.force_login(self.buddy)

        self.assertEqual(self.post('notes', 'return', note=' ').status_code, 422)
        self.post('notes', 'return', note='Add the consent line.')

        self.client.force_login(self.maya)
        page = self.client.get(self.home).content.decode().partition('id="i-notes"')[2].partition('</li>')[0]
        self.assertIn('Priya Nair: “Add the consent line.”', page)
        self.assertIn('Fix and resubmit', page)
        self.assertContains(self.client.get(f'{self.home}items/notes/'), 'Resubmit to Priya Nair')

    def test_what_the_signer_says_of_a_milestone_is_not_for_the_buddy(self):
        runs.complete(run=self.the_run, key='planning', by=self.maya, shown_number=1)
        runs.return_item(run=self.the_run, key='planning', by=self.manager, note='Too hasty.', shown_number=1)
        runs.comment(run=self.the_run, key='planning', by=self.maya, note='I see.')
        seen = {}
        for person in (self.maya, self.manager, self.buddy):
            self.client.force_login(person)
            pages = [self.client.get(f'{self.home}items/planning/'), self.client.get(self.home)]
            seen[person.first_name] = [('Too hasty.' in page.content.decode()) for page in pages]
            self.assertContains(pages[0], 'I see.')

        self.assertEqual(seen, {'Maya': [True, True], 'Ingrid': [True, True], 'Priya': [False, False]})

    def test_an_editor_sees_states_and_not_what_was_handed_in_or_said(self):
        runs.add_evidence(run=self.the_run, key='call', by=self.maya, kind='text', text='Between us.')
        runs.comment(run=self.the_run, key='call', by=self.maya, note='Only for us.')
        self.client.force_login(self.editor)

        page = self.client.get(f'{self.home}items/call/')

        self.assertNotContains(page, 'Between us.')
        self.assertNotContains(page, 'Only for us.')
        self.assertContains(page, 'Work handed in and what is said about it are for the people named')

    def test_asking_to_be_excused_and_being_excused_with_a_reason(self):
        self.post('call', 'ask-to-be-excused', note='I did this in May.')
        self.client.force_login(self.manager)
        self.assertContains(self.client.get('/'), 'Asked to be excused')
        self.assertEqual(self.post('call', 'excuse', reason='other', note='').status_code, 422)

        self.post('call', 'excuse', reason='already_knows', note='')

        self.assertEqual(self.item('call').state, 'waived')
        self.assertContains(self.client.get(self.home), 'Excused by you: Already knows this')

    def test_waiting_for_somebody_and_no_longer(self):
        self.post('call', 'wait', whom=self.manager.pk)
        self.assertEqual(self.item('call').waiting_for, self.manager)

        self.post('call', 'stop-waiting')

        self.assertIsNone(self.item('call').waiting_for)
        self.assertEqual(self.post('call', 'wait', whom='nobody').status_code, 422)

    def test_a_comment_keeps_the_item_open_and_the_field_empty(self):
        answer = self.post('call', 'comment', htmx=True, note='Which call?').content.decode()

        self.assertIn('Which call?', answer)
        self.assertIn('></textarea>', answer.replace('>\n</textarea>', '></textarea>'))
        self.assertEqual(RunNote.objects.get().text, 'Which call?')

    def test_opening_an_item_costs_the_same_with_one_word_said_and_with_many(self):
        address = f'{self.home}items/notes/'
        runs.comment(run=self.the_run, key='notes', by=self.buddy, note='Start.')
        runs.add_evidence(run=self.the_run, key='notes', by=self.maya, kind='text', text='Mine.')
        self.client.get(address)
        with self.assertNumQueries(12):  # the track's, and details, answers, work, whom it could wait for
            self.client.get(address)
        for number in range(3):
            runs.comment(run=self.the_run, key='notes', by=self.buddy, note=f'Once more {number}.')
            runs.add_evidence(run=self.the_run, key='notes', by=self.maya, kind='text', text=f'Mine {number}.')
        with self.assertNumQueries(12):
            self.client.get(address)
