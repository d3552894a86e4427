"""Bringing in documents by page: what would come in, choosing, doing it, and the report."""

import io
import tempfile
from pathlib import Path
from unittest import mock

from django.contrib.auth.models import Group
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase, override_settings
from django.urls import reverse
from PIL import Image

from playbooks import intakes
from playbooks.drafts import save_draft, start_draft
from playbooks.importing import carry_out, plan_import
from playbooks.models import Attachment, Draft, Intake, Kind, Playbook
from tests.factories import make_area, make_editor, make_kind, make_playbook, make_user
from tests.packing import docx, link, paragraph, picture, zipped

REAL_INPUT = Path(__file__).resolve().parents[3] / 'shared' / 'real-input'


def upload(name, content):
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def png():
    found = io.BytesIO()
    Image.new('RGB', (4, 4), 'red').save(found, 'PNG')
    return found.getvalue()


class IntakeTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.kind, cls.area = make_kind('guide'), make_area('process')
        cls.editor = make_editor()
        cls.url = reverse('playbooks:intakes')

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='rampbook-intake-')
        self.addCleanup(folder.cleanup)
        self.media = Path(folder.name)
        stored = override_settings(MEDIA_ROOT=folder.name)
        stored.enable()
        self.addCleanup(stored.disable)
        self.client.force_login(self.editor)

    def drop(self, *files, **more):
        """Drop files; returns the intake that they became."""
        data = {'documents': [upload(*file) for file in files], 'kind': self.kind.pk, 'area': self.area.pk, **more}
        response = self.client.post(self.url, data)
        self.assertEqual(response.status_code, 302, response.context and response.context['form'].errors)
        return Intake.objects.get(pk=int(response.url.rstrip('/').rpartition('/')[2]))

    def choose(self, intake, **choices):
        """Choose for documents by their place, and let it be done."""
        rows = {row.position: intakes.choices_for(row, knows=True) for row in intakes.documents_of(intake)}
        data = {f'do-{position}': offered[0] for position, offered in rows.items() if offered}
        data |= {name.replace('_', '-') if name.startswith('do') else name: value for name, value in choices.items()}
        with self.captureOnCommitCallbacks(execute=True):
            response = self.client.post(reverse('playbooks:intake', args=[intake.pk]), data)
            if response.status_code == 302:
                intakes.carry_on(intake=intake, seconds=60)
        intake.refresh_from_db()
        return response

    def outcomes(self, intake):
        return [(row.path, row.choice.get('outcome', row.action)) for row in intake.documents.all()]

    def stored(self):
        return {path for path in self.media.rglob('*') if path.is_file() and 'intake' in path.parts}


class PlanTests(IntakeTestCase):
    def test_documents_of_every_sort_are_read_and_nothing_comes_in_yet(self):
        intake = self.drop(
            ('a.md', '# Alpha\n\n- [ ] Do it\n'),
            ('b.txt', 'Beta\n'),
            ('c.html', '<title>Gamma</title><p>Read <b>this</b></p>'),
            ('d.docx', docx(paragraph('Delta', style='Heading1'), paragraph('Text'))),
        )

        self.assertEqual(
            [(row.path, row.title, row.action, row.text) for row in intake.documents.all()],
            [
                ('a.md', 'Alpha', 'new', '# Alpha\n\n- [ ] Do it\n'),
                ('b.txt', 'B', 'new', 'Beta\n'),
                ('c.html', 'Gamma', 'new', '# Gamma\n\nRead **this**\n'),
                ('d.docx', 'Delta', 'new', '# Delta\n\nText\n'),
            ],
        )
        self.assertFalse(Playbook.objects.exists())
        self.assertEqual([path for path in self.media.rglob('*') if path.is_file()], [])

    def test_where_nothing_can_come_in_it_does_not_offer_to_bring_it_in(self):
        for name, content, is_offered in (('good.md', 'Good\n', True), ('program.exe', b'MZ', False)):
            with self.subTest(name):
                intake = self.drop((name, content))

                page = self.client.get(reverse('playbooks:intake', args=[intake.pk]))

                self.assertEqual('Bring these in' in page.content.decode(), is_offered)
                self.assertContains(page, 'Bring in nothing')

    def test_what_is_hostile_or_no_document_is_refused_by_name_and_the_rest_is_read(self):
        intake = self.drop(
            ('good.md', 'Good\n'),
            ('macros.docm', b'PK'),
            ('program.exe', b'MZ'),
            ('no-text.md', b'PK\x03\x04'),
            ('latin.md', 'für'.encode('latin-1')),
            ('broken.docx', b'PK\x03\x04broken'),
            (
                'all.zip',
                zipped(
                    [
                        ('../escape.md', 'x'),
                        link('link.md', '/etc/passwd'),
                        ('inner.zip', b'PK'),
                        ('bomb.md', b'\0' * 50_000_000),
                        ('fine.md', 'Fine\n'),
                    ]
                ),
            ),
            ('broken.zip', b'PK\x05\x06'),
        )

        found = {row.path: (row.action, *row.remarks) for row in intake.documents.all()}
        self.assertEqual({path for path, about in found.items() if about[0] == 'new'}, {'good.md', 'fine.md'})
        self.assertIn('without macros', found['macros.docm'][1])
        self.assertEqual(found['latin.md'][1], 'It is not UTF-8 text.')
        self.assertIn('leads out of the archive', found['../escape.md'][1])
        self.assertIn('links are not followed', found['link.md'][1])
        self.assertIn('larger than 256 kB', found['bomb.md'][1])
        self.assertEqual(intake.remarks, ['broken.zip: It cannot be read as a zip archive.'])

    def test_front_matter_that_no_database_holds_comes_in_all_the_same(self):
        nasty = (
            r'title: "a\0b\ud800"' + '\ntags: ["x\\0y"]\nmore: {2020-01-01: .nan, deep: [.inf, 2020-01-01T00:00:00Z]}'
        )

        intake = self.drop(('a.md', f'---\n{nasty}\n---\nText\n'))
        self.choose(intake, publish='yes')

        self.assertEqual(self.outcomes(intake), [('a.md', 'published')])
        self.assertEqual(Playbook.objects.get().current_version.title, 'Ab')

    def test_reading_stops_when_it_takes_too_long(self):
        with mock.patch.object(intakes, 'READING', -1):
            intake = self.drop(('a.md', 'A\n'), ('b.zip', zipped([('b.md', 'B\n')])))

        self.assertEqual([row.action for row in intake.documents.all()], ['skipped', 'skipped'])

    def test_errors_are_shown_with_their_lines(self):
        intake = self.drop(('a.md', '---\ntitle: A\n---\n- [ ] Do {due=soon}\n'))

        response = self.client.get(reverse('playbooks:intake', args=[intake.pk]))

        self.assertContains(response, 'Line 4: “due=soon” cannot be read')

    def test_a_document_is_shown_as_it_would_come_in(self):
        intake = self.drop(('a.html', '<h1>Alpha</h1><p>Some <b>text</b> <script>alert(1)</script></p>'))

        response = self.client.get(reverse('playbooks:intake_document', args=[intake.pk, 1]))

        self.assertContains(response, 'Some <strong>text</strong></p>')
        self.assertNotContains(response, 'alert(1)')

    def test_nothing_dropped_is_answered_at_the_field(self):
        response = self.client.post(self.url, {'kind': self.kind.pk, 'area': self.area.pk})

        self.assertContains(response, 'Choose at least one file.', status_code=422)
        self.assertFalse(Intake.objects.exists())

    def test_too_many_files_at_once_are_answered_at_the_field(self):
        files = [upload(f'{number}.md', 'x') for number in range(101)]

        response = self.client.post(self.url, {'documents': files, 'kind': self.kind.pk, 'area': self.area.pk})

        self.assertContains(response, 'Drop at most 100 files at once, or more of them in a .zip.', status_code=422)
        self.assertFalse(Intake.objects.exists())

    def test_an_empty_file_is_answered_at_the_field(self):
        response = self.client.post(
            self.url, {'documents': [upload('a.md', '')], 'kind': self.kind.pk, 'area': self.area.pk}
        )

        self.assertContains(response, 'This file is empty.', status_code=422)

    def test_the_number_of_queries_does_not_depend_on_how_much_there_is(self):
        one = self.drop(('a.md', 'A\n'))
        three = self.drop(*[(f'{name}.md', f'{name}\n') for name in 'bcd'])
        self.client.get(self.url)

        for intake in (one, three):
            with self.assertNumQueries(6):
                self.client.get(reverse('playbooks:intake', args=[intake.pk]))
        with self.assertNumQueries(8):
            self.client.get(self.url)
        self.drop(('e.md', 'E\n'))
        with self.assertNumQueries(8):
            self.client.get(self.url)
        with self.assertNumQueries(4):
            self.client.get(reverse('playbooks:intake_document', args=[one.pk, 1]))


class DoTests(IntakeTestCase):
    def test_new_documents_become_drafts_of_who_brought_them_in(self):
        intake = self.drop(('a.md', '---\ntags: [ops]\n---\n# Alpha\n\nSee [b](b.md).\n'), ('b.md', '# Beta\n\nText\n'))

        self.choose(intake)

        drafts = {draft.title: draft for draft in Draft.objects.select_related('playbook', 'author')}
        self.assertEqual(set(drafts), {'Alpha', 'Beta'})
        alpha = drafts['Alpha']
        self.assertEqual(alpha.text, '# Alpha\n\nSee [b](playbook:b).\n')
        self.assertEqual((alpha.author, alpha.playbook.current_version), (self.editor, None))
        self.assertEqual([tag.name for tag in alpha.playbook.tags.all()], ['ops'])
        self.assertEqual(self.outcomes(intake), [('a.md', 'drafted'), ('b.md', 'drafted')])
        self.assertTrue(intake.done_at)
        self.assertEqual({row.text for row in intake.documents.all()}, {''})

    def test_they_are_published_at_once_where_that_is_chosen(self):
        intake = self.drop(('a.md', '# Alpha\n\nText\n'))

        self.choose(intake, publish='yes')

        version = Playbook.objects.get().current_version
        self.assertEqual((version.title, version.publisher, version.source), ('Alpha', self.editor, 'import'))
        self.assertFalse(Draft.objects.exists())
        self.assertEqual(self.outcomes(intake), [('a.md', 'published')])

    def test_what_cannot_be_published_is_a_draft_and_says_why(self):
        Kind.objects.filter(pk=self.kind.pk).update(approval='second_person')
        intake = self.drop(('a.md', '# Alpha\n\n- [ ] Do {due=soon}\n'), ('b.md', '# Beta\n\nText\n'))

        self.choose(intake, publish='yes')

        self.assertEqual(self.outcomes(intake), [('a.md', 'drafted'), ('b.md', 'drafted')])
        remarks = [row.remarks for row in intake.documents.all()]
        self.assertIn('due=soon', remarks[0][0])
        self.assertEqual(remarks[1], ['Texts of this type are published once somebody has approved them.'])

    def test_the_same_again_is_unchanged_and_a_change_becomes_the_next_text(self):
        self.choose(self.drop(('all.zip', zipped([('a.md', '# Alpha\n\nOld\n'), ('b.md', '# Beta\n')]))), publish='yes')

        again = self.drop(('all.zip', zipped([('a.md', '# Alpha\n\nNew\n'), ('b.md', '# Beta\n')])))

        self.assertEqual([row.action for row in again.documents.all()], ['changed', 'unchanged'])
        self.choose(again, publish='yes')
        self.assertEqual(self.outcomes(again), [('a.md', 'published'), ('b.md', 'left')])
        self.assertEqual(Playbook.objects.get(slug='a').current_version.text, '# Alpha\n\nNew\n')
        self.assertEqual(Playbook.objects.count(), 2)

    def test_the_command_and_the_page_know_the_same_files(self):
        folder = self.media / 'handbook'
        folder.mkdir()
        (folder / 'a.md').write_text('# Alpha\n')
        list(carry_out(plan_import(folder, kind=self.kind, area=self.area)))

        intake = self.drop(('download.zip', zipped([('handbook/a.md', '# Alpha\n'), ('handbook/b.md', '# Beta\n')])))

        self.assertEqual([row.action for row in intake.documents.all()], ['unchanged', 'new'])

    def test_another_file_of_the_same_name_is_a_page_of_its_own(self):
        self.choose(self.drop(('notes.md', '# Interview with Wen\n')), publish='yes')

        intake = self.drop(('notes.md', '# Retrospective\n'))
        self.choose(intake, publish='yes')

        self.assertEqual(
            {playbook.slug: playbook.current_version.title for playbook in Playbook.objects.all()},
            {'notes': 'Interview with Wen', 'notes-2': 'Retrospective'},
        )

    def test_the_same_file_again_while_it_is_a_draft_is_the_same_page(self):
        self.choose(self.drop(('notes.md', '# Notes\n')))

        intake = self.drop(('notes.md', '# Notes\n'))
        self.choose(intake)

        self.assertEqual(self.outcomes(intake), [('notes.md', 'drafted')])
        self.assertEqual((Playbook.objects.count(), Draft.objects.count()), (1, 1))

    def test_a_draft_that_one_has_is_not_overwritten(self):
        self.choose(self.drop(('a.md', '# Alpha\n\nOld\n')), publish='yes')
        mine = start_draft(playbook=Playbook.objects.get(), author=self.editor)
        save_draft(draft=mine, title='Alpha', text='Mine\n', fields={}, shown_revision=mine.revision)

        again = self.drop(('a.md', '# Alpha\n\nNew\n'))
        self.choose(again)

        self.assertEqual(self.outcomes(again), [('a.md', 'failed')])
        self.assertEqual(Draft.objects.get().text, 'Mine\n')

    def test_several_become_parts_of_one_draft_that_names_their_sources(self):
        intake = self.drop(('kit.zip', zipped([('a.md', '# Alpha\n\n## One\n'), ('b.md', 'Beta\n')])))

        self.choose(intake, do_1='join', do_2='join', join_title='The kit')

        draft = Draft.objects.get()
        self.assertEqual(draft.title, 'The kit')
        self.assertRegex(
            draft.text,
            r'^## Alpha\n\n\*From kit\.zip: a\.md, brought in on .+\.\*\n\n### One\n\n'
            r'## B\n\n\*From kit\.zip: b\.md, brought in on .+\.\*\n\nBeta\n$',
        )
        self.assertEqual(self.outcomes(intake), [('a.md', 'joined'), ('b.md', 'joined')])

    def test_documents_for_different_groups_are_not_joined(self):
        Group.objects.create(name='Leads')
        intake = self.drop(('a.md', '---\naudience: [Leads]\n---\nPay\n'), ('b.md', 'Beta\n'))

        self.choose(intake, do_1='join', do_2='join', join_title='The kit')

        self.assertEqual(self.outcomes(intake), [('a.md', 'failed'), ('b.md', 'failed')])
        self.assertFalse(Playbook.objects.exists())

    def test_a_document_is_added_to_the_draft_of_a_page(self):
        make_playbook('launch', text='# Launch\n\nFirst\n')
        intake = self.drop(('notes.md', '# Notes\n\nHeard\n'))

        self.choose(intake, do_1='add', target='launch')

        draft = Draft.objects.get()
        self.assertTrue(draft.text.startswith('# Launch\n\nFirst\n\n## Notes\n\n*From notes.md'))
        self.assertEqual((draft.author, self.outcomes(intake)), (self.editor, [('notes.md', 'added')]))

    def test_pictures_become_files_of_the_page_and_nothing_else_is_kept(self):
        word = docx(
            paragraph('Text'),
            picture('r1'),
            relations=[('r1', 'image', 'media/image1.png', '')],
            more=[('word/media/image1.png', png())],
        )
        pages = zipped([('guide/a.md', '![plan](img/plan.png) ![gone](img/gone.png)\n'), ('guide/img/plan.png', png())])
        intake = self.drop(('d.docx', word), ('guide.zip', pages))
        self.assertEqual(len(self.stored()), 2)

        self.choose(intake)

        texts = {draft.playbook.slug: draft.text for draft in Draft.objects.select_related('playbook')}
        self.assertEqual(texts['d'], 'Text\n\n![A drawing](file:d/picture-1.png)\n')
        self.assertEqual(texts['a'], '![plan](file:a/plan.png) ![gone](img/gone.png)\n')
        self.assertEqual(Attachment.objects.count(), 2)
        self.assertEqual(self.stored(), set())

    def test_a_picture_that_is_none_is_left_out_with_its_words(self):
        intake = self.drop(('g.zip', zipped([('a.md', 'See ![the *plan*](p.png) here\n'), ('p.png', b'<script>')])))

        self.choose(intake)

        self.assertEqual(Draft.objects.get().text, 'See the *plan* here\n')
        self.assertIn('p.png', intake.documents.get().remarks[0])

    def test_bringing_in_nothing_forgets_everything(self):
        intake = self.drop(('g.zip', zipped([('a.md', '![p](p.png)\n'), ('p.png', png())])))

        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(reverse('playbooks:intake_cancel', args=[intake.pk]))

        self.assertEqual((self.stored(), intake.documents.get().text), (set(), ''))
        self.assertEqual(self.choose(intake).status_code, 302)
        self.assertFalse(Playbook.objects.exists())

    def test_bad_choices_are_refused_and_nothing_is_done(self):
        make_playbook('archived', text='Old\n')
        Playbook.objects.update(archived_at='2026-01-01T00:00Z', archived_by=self.editor)
        intake = self.drop(('a.md', 'A\n'))
        for choices, said in [
            ({'do_1': 'join'}, 'Give the draft that they become part of a title.'),
            ({'do_1': 'add'}, 'Say which playbook’s draft they are added to.'),
            ({'do_1': 'add', 'target': 'nowhere'}, 'There is no such playbook that you may change.'),
            ({'do_1': 'add', 'target': 'archived'}, 'There is no such playbook that you may change.'),
            ({'do_1': 'erase'}, 'Select a valid choice.'),
        ]:
            with self.subTest(**choices):
                response = self.choose(intake, **choices)

                self.assertContains(response, said, status_code=422)
                self.assertIsNone(intake.asked_at)


class ProgressTests(IntakeTestCase):
    def setUp(self):
        super().setUp()
        self.intake = self.drop(*[(f'{name}.md', f'# {name}\n') for name in 'abc'])
        intakes.answer(intake=self.intake, chosen={1: 'new', 2: 'new', 3: 'new'}, publish=True)

    def test_it_goes_on_where_it_stopped_and_does_nothing_twice(self):
        steps = 0
        while intakes.carry_on(intake=self.intake, seconds=0):
            steps += 1

        self.assertEqual(steps, 6)  # each is made, then published
        self.assertEqual(Playbook.objects.filter(current_version__number=1).count(), 3)
        self.assertEqual(intakes.carry_on(intake=self.intake, seconds=0), 0)

    def test_the_worker_goes_on_with_what_somebody_left(self):
        intakes.carry_on(intake=self.intake, seconds=0)

        intakes.carry_on_all()

        self.intake.refresh_from_db()
        self.assertTrue(self.intake.done_at)
        self.assertEqual(Playbook.objects.filter(current_version__number=1).count(), 3)

    def test_one_that_breaks_does_not_keep_the_others_out(self):
        self.intake.documents.filter(position=2).update(data={'origin': ''})

        with self.assertLogs('playbooks.intakes', 'ERROR'):
            intakes.carry_on(intake=self.intake, seconds=60)

        self.assertEqual(self.outcomes(self.intake), [('a.md', 'published'), ('b.md', 'failed'), ('c.md', 'published')])
        self.assertEqual(Playbook.objects.count(), 2)

    def test_the_page_says_how_far_it_is_and_asks_for_more(self):
        intakes.carry_on(intake=self.intake, seconds=0)

        response = self.client.get(reverse('playbooks:intake', args=[self.intake.pk]))

        self.assertContains(response, '0 of 3 documents are done.')
        self.assertContains(response, 'hx-trigger="load')

    def test_asked_by_the_page_it_goes_on_and_the_page_is_shown_anew_at_the_end(self):
        address = reverse('playbooks:intake_continue', args=[self.intake.pk])

        response = self.client.post(address, headers={'HX-Request': 'true'})
        while 'HX-Refresh' not in response.headers:
            response = self.client.post(address, headers={'HX-Request': 'true'})

        self.assertContains(self.client.get(reverse('playbooks:intake', args=[self.intake.pk])), 'Published', count=3)
        self.assertEqual(self.client.get(address).status_code, 405)

    def test_nobody_publishes_with_a_right_that_they_have_lost(self):
        self.editor.groups.clear()

        intakes.carry_on(intake=self.intake, seconds=60)

        self.assertEqual({outcome for _path, outcome in self.outcomes(self.intake)}, {'failed'})
        self.assertFalse(Playbook.objects.exists())

    def test_what_nobody_asked_for_is_forgotten_after_a_week(self):
        left = self.drop(('g.zip', zipped([('a.md', '![p](p.png)\n'), ('p.png', png())])))
        Intake.objects.filter(pk=left.pk).update(started_at='2026-01-01T00:00Z')

        with self.captureOnCommitCallbacks(execute=True):
            intakes.carry_on_all()

        left.refresh_from_db()
        self.assertTrue(left.cancelled_at)
        self.assertEqual(self.stored(), set())


class OwnerTests(IntakeTestCase):
    def setUp(self):
        super().setUp()
        self.owner = make_user('Olga Owner')
        make_playbook('launch', text='First\n', owner=self.owner)
        make_playbook('other', text='Other\n')
        self.client.force_login(self.owner)

    def test_an_owner_adds_to_the_draft_of_their_own_page_and_makes_no_page(self):
        intake = self.drop(('a.md', '# Alpha\n'), kind='', area='')
        url = reverse('playbooks:intake', args=[intake.pk])

        refused = self.client.post(url, {'do-1': 'new', 'target': 'launch'})
        foreign = self.client.post(url, {'do-1': 'add', 'target': 'other'})
        taken = self.client.post(url, {'do-1': 'add', 'target': 'launch'})

        self.assertEqual((refused.status_code, foreign.status_code, taken.status_code), (422, 422, 302))
        self.assertTrue(Draft.objects.get().text.startswith('First\n\n## Alpha\n'))
        self.assertEqual(Playbook.objects.count(), 2)

    def test_a_file_that_an_editor_brought_in_tells_an_owner_nothing(self):
        self.client.force_login(self.editor)
        self.choose(self.drop(('all.zip', zipped([('secret-plan.md', '# Secret\n')]))), publish='yes')
        self.client.force_login(self.owner)

        intake = self.drop(('all.zip', zipped([('secret-plan.md', '# Mine\n'), ('x.md', 'x')])), kind='', area='')

        self.assertEqual([(row.action, row.playbook) for row in intake.documents.all()], [('new', None)] * 2)

    def test_reports_are_for_who_brought_it_in_and_for_editors(self):
        intake = self.drop(('a.md', '# Alpha\n'), kind='', area='')
        url = reverse('playbooks:intake', args=[intake.pk])

        self.client.force_login(self.editor)
        self.assertContains(self.client.get(url), 'Alpha')
        self.assertEqual(self.client.post(url, {'do-1': 'leave'}).status_code, 403)
        self.client.force_login(make_user())
        self.assertEqual(self.client.get(url).status_code, 404)
        self.assertEqual(self.client.get(self.url).status_code, 403)


class RealDocumentsTests(IntakeTestCase):
    def test_a_real_guide_comes_in_from_an_archive_as_it_does_from_its_folder(self):
        folder = REAL_INPUT / '18f-product-guide'
        if not folder.is_dir():
            self.skipTest('no real documents here')
        plan = plan_import(folder, kind=self.kind, area=self.area)
        files = [path for path in folder.rglob('*') if path.is_file() and '.git' not in path.parts]
        packed = zipped([(f'18f-product-guide/{path.relative_to(folder)}', path.read_bytes()) for path in files])

        intake = self.drop(('18f-product-guide.zip', packed))

        rows = {row.path: row for row in intake.documents.all()}
        for entry in plan.of('new'):
            with self.subTest(entry.path):
                self.assertEqual((rows[entry.path].title, rows[entry.path].data['slug']), (entry.title, entry.slug))
        self.assertGreater(len(plan.of('new')), 20)


class StoredTests(IntakeTestCase):
    def test_pictures_wait_under_names_nobody_can_guess(self):
        self.drop(('g.zip', zipped([('a.md', '![p](p.png)\n'), ('p.png', png())])))

        (path,) = self.stored()

        self.assertRegex(path.name, r'^[0-9a-f]{40}$')
        self.assertTrue(default_storage.exists(f'intake/{path.name}'))
