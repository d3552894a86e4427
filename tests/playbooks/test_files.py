"""The files of a playbook: what may be one, what it is called, where it is used, when it goes."""

import datetime as dt
import io
import os
import zipfile
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.test import TestCase, override_settings
from django.utils import timezone
from PIL import Image

from playbooks.drafts import start_draft
from playbooks.erasing import forget_people
from playbooks.file_types import FileRefused
from playbooks.files import add_file, files_of, take_away
from playbooks.integrity import check_files
from playbooks.models import Attachment, Draft, FileLink
from playbooks.publishing import rebuild
from tests.factories import make_editor, make_playbook, make_user, publish_text


def picture(form='PNG', *, size=(8, 6), mode='RGB', **more):
    out = io.BytesIO()
    Image.new(mode, size, 'red' if mode == 'RGB' else 0).save(out, form, **more)
    return out.getvalue()


def archive(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as made:
        for name in names:
            made.writestr(name, 'x')
    return out.getvalue()


DOCX = archive('[Content_Types].xml', 'word/document.xml')
MP4 = b'\x00\x00\x00\x18ftypisom' + b'\0' * 40
WEBM = b'\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1f\x42\x82\x84webm' + b'\0' * 40


def content_of(added):
    with default_storage.open(added.file.name) as stored:
        return stored.read()


class WithFiles:
    """Files of a test lie in a folder of its own."""

    def setUp(self):
        super().setUp()
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        media = override_settings(MEDIA_ROOT=folder.name)
        media.enable()
        self.addCleanup(media.disable)

    def stored(self):
        return sorted(path.name for path in self.folder.rglob('*') if path.is_file())


class AddingTests(WithFiles, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.playbook = make_playbook('launch', text='# Launch\n')
        cls.person = make_user()

    def add(self, name, content, **more):
        return add_file(playbook=self.playbook, name=name, content=content, by=self.person, **more)

    def test_a_file_is_kept_under_a_name_nobody_can_guess_with_what_it_is(self):
        added = self.add('plan.pdf', b'%PDF-1.7 plan')

        self.assertEqual((added.name, added.type, added.size), ('plan.pdf', 'application/pdf', 13))
        self.assertEqual(added.added_by, self.person)
        self.assertRegex(added.file.name, r'^attachments/[0-9a-f]{40}$')
        self.assertEqual(content_of(added), b'%PDF-1.7 plan')

    def test_each_type_is_told_from_its_content(self):
        for name, content, kind in [
            ('a.png', picture(), 'image/png'),
            ('a.jpeg', picture('JPEG'), 'image/jpeg'),
            ('a.gif', picture('GIF'), 'image/gif'),
            ('a.webp', picture('WEBP'), 'image/webp'),
            ('a.txt', 'Grüße\n'.encode(), 'text/plain; charset=utf-8'),
            ('a.csv', b'a,b\n', 'text/csv; charset=utf-8'),
            ('a.docx', DOCX, 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'),
            ('a.zip', archive('a'), 'application/zip'),
            ('a.mp4', MP4, 'video/mp4'),
            ('a.webm', WEBM, 'video/webm'),
            ('a.mp3', b'ID3\x04' + b'\0' * 40, 'audio/mpeg'),
        ]:
            with self.subTest(name=name):
                self.assertEqual(self.add(name, content).type, kind)

    def test_what_is_no_safe_type_or_not_what_it_says_is_refused_and_nothing_kept(self):
        for name, content in [
            ('a.svg', b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
            ('a.html', b'<script>alert(1)</script>'),
            ('a.exe', b'MZ\x90'),
            ('a', b'words'),
            ('a.png', b'<script>alert(1)</script>'),
            ('a.pdf', b'<html>%PDF-'),
            ('a.txt', b'\xff\xfe\x00'),
            ('a.csv', b'a\0b'),
            ('a.docx', archive('a')),
            ('a.docx', archive('[Content_Types].xml', 'word/document.xml', 'word/vbaProject.bin')),
            ('a.xlsx', DOCX),
            ('a.zip', b'PK\x03\x04 no archive'),
            ('a.mp4', b'no film'),
            ('a.webm', b'\x1a\x45\xdf\xa3matroska' + b'\0' * 80),
            ('a.mp3', b'no sound'),
            ('a.png', b'\x89PNG\r\n\x1a\n broken'),
            ('a.png', picture()[:40]),
            ('a.txt', b''),
        ]:
            with self.subTest(name=name, content=content[:20]), self.assertRaises(FileRefused):
                self.add(name, content)
        self.assertEqual(Attachment.objects.count(), 0)
        self.assertEqual(self.stored(), [])

    def test_names_are_safe_and_readable(self):
        for given, name in [
            ('../../etc/passwd.txt', 'passwd.txt'),
            ('C:\\temp\\Plan (final) v2.TXT', 'Plan-final-v2.txt'),
            ('.hidden.txt', 'hidden.txt'),
            ('...txt', 'file.txt'),
            ('Über uns.txt', 'Über-uns.txt'),
            ('U\u0308ber.txt', '\xdcber.txt'),
            ('a" onload="x.txt', 'a-onload-x.txt'),
            ('a\n\0b.txt', 'a-b.txt'),
            ('a..b.txt', 'a.b.txt'),
            ('x' * 300 + '.txt', 'x' * 90 + '.txt'),
        ]:
            with self.subTest(given=given):
                self.assertEqual(self.add(given, repr(given).encode()).name, name)

    def test_a_picture_gets_the_ending_of_what_it_is(self):
        self.assertEqual(self.add('Shot.PNG', picture('JPEG')).name, 'Shot.jpg')

    def test_the_same_content_under_the_same_name_is_kept_once(self):
        first = self.add('a.txt', b'one')
        again = self.add('a.txt', b'one')
        other = self.add('a.txt', b'two')
        third = self.add('A.txt', b'three')

        self.assertEqual(again, first)
        self.assertEqual((other.name, third.name), ('a-2.txt', 'A-3.txt'))
        self.assertEqual(len(self.stored()), 3)

    def test_a_picture_says_nothing_about_where_it_was_taken(self):
        exif = Image.Exif()
        exif[0x010F] = 'SecretCamera'
        exif.get_ifd(0x8825)[1] = 'N'
        for form, ending in (('JPEG', 'jpg'), ('PNG', 'png'), ('WEBP', 'webp')):
            with self.subTest(form=form):
                given = picture(form, exif=exif.tobytes())
                self.assertIn(b'SecretCamera', given)

                kept = content_of(self.add(f'a.{ending}', given + b'<script>trailing</script>'))

                self.assertNotIn(b'SecretCamera', kept)
                self.assertNotIn(b'trailing', kept)
                self.assertFalse(Image.open(io.BytesIO(kept)).getexif())

    def test_a_picture_that_was_turned_by_its_camera_stands_upright(self):
        exif = Image.Exif()
        exif[0x0112] = 6

        added = self.add('a.jpg', picture('JPEG', exif=exif.tobytes()))

        self.assertEqual((added.width, added.height), (6, 8))

    def test_transparency_and_movement_stay(self):
        clear = content_of(self.add('a.png', picture(mode='RGBA')))
        frames = [Image.new('RGB', (8, 6), color) for color in ('red', 'blue', 'green')]
        out = io.BytesIO()
        frames[0].save(out, 'GIF', save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0)
        moving = Image.open(io.BytesIO(content_of(self.add('b.gif', out.getvalue()))))

        self.assertEqual(Image.open(io.BytesIO(clear)).mode, 'RGBA')
        self.assertEqual((moving.n_frames, moving.info['loop']), (3, 0))

    def test_a_picture_with_too_many_dots_is_refused_before_it_is_unpacked(self):
        for size in ((7072, 7072), (60_000, 60_000)):
            bomb = bytearray(picture(size=(1, 1)))
            bomb[16:24] = size[0].to_bytes(4) + size[1].to_bytes(4)
            bomb[29:33] = zlib.crc32(bytes(bomb[12:29])).to_bytes(4)

            with self.subTest(size=size), self.assertRaises(FileRefused):
                self.add('a.png', bytes(bomb))

    @override_settings(ATTACHMENT_MAX_MB=1, FILM_MAX_MB=2, ATTACHMENTS_MAX_MB=3)
    def test_sizes_are_limited_by_file_and_by_playbook(self):
        megabyte = b'a' * 1024 * 1024
        with self.assertRaisesMessage(FileRefused, 'larger than 1 MB'):
            self.add('a.txt', megabyte + b'a')
        self.add('a.mp4', MP4 + megabyte)
        self.add('a.txt', megabyte)
        with self.assertRaisesMessage(FileRefused, 'larger than 3 MB together'):
            self.add('b.txt', megabyte)

        self.assertEqual(Attachment.objects.count(), 2)
        self.assertEqual(len(self.stored()), 2)

    def test_the_database_keeps_a_name_once(self):
        self.add('a.txt', b'one')

        with self.assertRaises(IntegrityError), transaction.atomic():
            Attachment.objects.create(playbook=self.playbook, name='a.txt', file='x', type='t', size=1, sha256='')

    def test_an_uploaded_file_is_as_good_as_bytes(self):
        self.assertEqual(self.add('a.txt', ContentFile(b'one')), self.add('a.txt', b'one'))


class UseTests(WithFiles, TestCase):
    def setUp(self):
        super().setUp()
        self.playbook = make_playbook('launch', text='# Launch\n')
        self.later = timezone.now() + dt.timedelta(days=2)
        for name in ('old.txt', 'now.txt', 'draft.txt', 'away.txt', 'never.txt'):
            add_file(playbook=self.playbook, name=name, content=name.encode(), by=None)
        publish_text(self.playbook, 'See [old](file:launch/old.txt).')
        publish_text(self.playbook, 'See [now](file:launch/now.txt) and\n\n[again](file:launch/now.txt).')

    def unused(self, **more):
        return [used.attachment.name for used in files_of(self.playbook, now=self.later, **more) if used.is_unused]

    def test_a_file_is_in_use_by_any_version_and_any_draft_also_one_put_away(self):
        for author, name, discarded in ((make_user(), 'draft.txt', None), (make_user(), 'away.txt', timezone.now())):
            draft = start_draft(playbook=self.playbook, author=author)
            Draft.objects.filter(pk=draft.pk).update(text=f'![x](file:Launch/{name})', discarded_at=discarded)

        self.assertEqual(self.unused(), ['never.txt'])
        used = {one.attachment.name: one for one in files_of(self.playbook, now=self.later)}
        self.assertEqual(used['now.txt'].versions, [('launch', 'Launch', [3])])
        self.assertEqual(used['draft.txt'].drafts, 1)

    def test_another_playbook_that_names_a_file_keeps_it_and_is_named_to_who_may_see_it(self):
        make_playbook('secret', text='![x](file:launch/never.txt)', audience=('Board',))

        self.assertEqual(self.unused(), ['away.txt', 'draft.txt'])
        for reader, said in ((make_user(), ('', '')), (make_editor(), ('secret', 'Secret'))):
            used = {one.attachment.name: one for one in files_of(self.playbook, reader=reader)}
            self.assertEqual([pair[:2] for pair in used['never.txt'].versions], [said])

    def test_only_what_nothing_names_is_taken_away_and_its_content_with_it(self):
        with self.captureOnCommitCallbacks(execute=True):
            gone = take_away(playbook=self.playbook, names=['never.txt', 'now.txt', 'old.txt'], now=self.later)

        self.assertEqual(gone, ['never.txt'])
        self.assertEqual(len(self.stored()), 4)

    def test_what_was_added_today_stays_because_its_text_may_not_be_saved(self):
        self.assertEqual(take_away(playbook=self.playbook, names=['never.txt']), [])

    def test_which_version_names_which_file_is_built_anew_from_the_texts(self):
        FileLink.objects.all().delete()

        for version in self.playbook.versions.select_related('playbook'):
            rebuild(version)

        self.assertEqual(
            list(
                FileLink.objects.order_by('version__number', 'line').values_list(
                    'version__number', 'slug', 'name', 'line'
                )
            ),
            [(2, 'launch', 'old.txt', 1), (3, 'launch', 'now.txt', 1), (3, 'launch', 'now.txt', 3)],
        )

    def test_the_number_of_queries_does_not_grow_with_files_and_versions(self):
        with self.assertNumQueries(4):
            files_of(self.playbook)
        for number in range(3):
            add_file(playbook=self.playbook, name=f'{number}.txt', content=b'a', by=make_user())
            publish_text(self.playbook, f'[a](file:launch/{number}.txt)')
        with self.assertNumQueries(4):
            files_of(self.playbook)


class IntegrityTests(WithFiles, TestCase):
    def test_content_that_is_missing_cut_or_left_over_is_found(self):
        playbook = make_playbook('launch')
        for name in ('a.txt', 'b.txt', 'c.txt'):
            add_file(playbook=playbook, name=name, content=name.encode(), by=None)
        self.assertEqual(check_files(), [])
        missing, cut, _whole = playbook.attachments.order_by('name')
        default_storage.delete(missing.file.name)
        (self.folder / cut.file.name).write_bytes(b'b')
        for name, age in (('old', 2), ('new', 0)):
            path = self.folder / 'attachments' / name
            path.write_bytes(b'x')
            os.utime(path, (path.stat().st_mtime - age * 86_400,) * 2)

        self.assertEqual(
            {str(finding) for finding in check_files()},
            {
                'launch, file a.txt: its content is missing',
                'launch, file b.txt: its content should have 5 bytes',
                'attachments/old: belongs to no playbook',
            },
        )

    def test_who_added_a_file_is_forgotten_and_the_file_stays(self):
        person = make_user()
        added = add_file(playbook=make_playbook('launch'), name='a.txt', content=b'a', by=person)

        forget_people([person], heir=None, placeholder='Somebody', reason='test')
        person.delete()

        added.refresh_from_db()
        self.assertIsNone(added.added_by)
        self.assertEqual(len(self.stored()), 1)
