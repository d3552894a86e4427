"""Archives are read within limits, whatever they say about themselves, and nothing of them leads anywhere."""

import contextlib
import io
import os
import tempfile
import zipfile
from pathlib import Path

from django.test import SimpleTestCase

from playbooks.archives import MAX_DIRECTORY, MAX_ENTRIES, MAX_UNPACKED, Archive, ArchiveRefused
from tests.packing import link, with_flag, with_size, zipped

KILO = 1_000


def members(content):
    """What an archive says of each file: its path and why it is not read."""
    with Archive(io.BytesIO(content)) as archive:
        return [(member.path, member.refused) for member in archive.members()]


def read(content, most=256 * KILO):
    """The content of the first file of an archive."""
    with Archive(io.BytesIO(content)) as archive:
        return archive.read(next(iter(archive.members())).info, most)


class NamesTests(SimpleTestCase):
    def test_names_that_lead_out_of_the_archive_are_refused(self):
        names = ['../up.md', 'a/../../up.md', '/etc/passwd', 'C:/windows.md', 'C:\\windows.md', '..\\up.md', 'a\x01.md']

        found = members(zipped([(name, 'x') for name in names]))

        self.assertEqual(
            {refused for _path, refused in found}, {'Its name leads out of the archive; such files are not read.'}
        )
        self.assertEqual(len(found), len(names))

    def test_backslashes_of_old_windows_programs_are_folders(self):
        self.assertEqual(members(zipped([('folder\\page.md', 'x')])), [('folder/page.md', '')])

    def test_the_second_of_two_files_of_one_name_is_refused(self):
        with self.assertWarns(UserWarning):
            content = zipped([('a.md', 'first'), ('a.md', 'second')])

        self.assertEqual(
            members(content), [('a.md', ''), ('a.md', 'There are two files of this name; the first one is read.')]
        )
        self.assertEqual(read(content), b'first')

    def test_names_in_utf8_that_do_not_say_so_are_read_as_that(self):
        content = zipped([('xxxxxx.md', 'x')]).replace(b'xxxxxx.md', 'grüße'.encode()[:6] + b'.md')

        self.assertEqual(members(content)[0][0], 'grüß.md')

    def test_names_in_another_encoding_are_read_as_well_as_can_be_and_it_is_said(self):
        content = zipped([('xxxx.md', 'x')]).replace(b'xxxx.md', 'für_'.encode('latin-1') + b'.md')

        with Archive(io.BytesIO(content)) as archive:
            (member,) = archive.members()

        self.assertEqual((member.refused, member.remark), ('', 'Its name is written in an old way and may look odd.'))

    def test_names_that_say_utf8_and_are_not_refuse_the_archive(self):
        content = with_flag(zipped([('xxxx.md', 'x')]), 0x800).replace(b'xxxx.md', b'\xff\xfe\xfd\xfc.md')

        with self.assertRaises(ArchiveRefused):
            members(content)

    def test_what_a_system_keeps_for_itself_is_left_out(self):
        self.assertEqual(members(zipped([('__MACOSX/a.md', 'x'), ('b/.DS_Store', 'x'), ('c/', '')])), [])


class SortsTests(SimpleTestCase):
    def test_links_are_not_followed(self):
        self.assertEqual(
            members(zipped([link('passwords.md', '/etc/passwd')])),
            [('passwords.md', 'It is a link to another file; links are not followed.')],
        )

    def test_devices_and_pipes_are_no_files(self):
        info = zipfile.ZipInfo('pipe.md')
        info.external_attr = 0o010644 << 16

        self.assertEqual(members(zipped([(info, 'x')])), [('pipe.md', 'It is not a file.')])

    def test_locked_files_are_refused(self):
        content = with_flag(zipped([('secret.md', 'x')]), 1)

        self.assertEqual(members(content), [('secret.md', 'It is locked with a password.')])
        with self.assertRaises(ArchiveRefused):
            read(content)

    def test_archives_in_an_archive_are_not_opened(self):
        inner = zipped([('bomb.md', 'x')])

        found = members(zipped([('inner.zip', inner), ('inner.tar.gz', b'x'), ('inner.7z', b'x')]))

        self.assertTrue(all(refused.startswith('It is an archive in an archive') for _path, refused in found))

    def test_unusual_ways_of_packing_are_refused(self):
        found = members(zipped([('a.md', 'x' * 999)], method=zipfile.ZIP_LZMA))

        self.assertIn('packed in a way that is not read', found[0][1])


class SizesTests(SimpleTestCase):
    def test_no_file_is_read_beyond_what_it_may_have(self):
        with self.assertRaisesMessage(ArchiveRefused, 'larger than 256 kB'):
            read(zipped([('a.md', os.urandom(300 * KILO))]))

    def test_a_bomb_is_noticed_while_it_is_unpacked(self):
        content = zipped([('a.md', b'\0' * 50_000 * KILO)])
        self.assertLess(len(content), 60 * KILO)

        with self.assertRaisesMessage(ArchiveRefused, 'packed so tightly'):
            read(content, most=10**9)

    def test_an_archive_that_says_a_bomb_is_small_gets_no_more_than_it_says(self):
        content = with_size(zipped([('a.md', b'\0' * 50_000 * KILO)]), 10)

        with self.assertRaisesMessage(ArchiveRefused, 'damaged'):
            read(content, most=10**9)

    def test_an_archive_that_says_a_file_is_huge_is_read_for_what_is_there(self):
        self.assertEqual(read(with_size(zipped([('a.md', b'small')]), 4_000_000_000)), b'small')

    def test_all_files_together_have_a_limit(self):
        content = zipped([(f'{number}.bin', os.urandom(KILO) * KILO) for number in range(3)], method=zipfile.ZIP_STORED)
        with Archive(io.BytesIO(content)) as archive:
            archive._left = 2_500 * KILO
            found = [member.info for member in archive.members()]
            archive.read(found[0], 10**9)
            archive.read(found[1], 10**9)

            with self.assertRaisesMessage(ArchiveRefused, f'together are larger than {MAX_UNPACKED // 10**6} MB'):
                archive.read(found[2], 10**9)

    def test_too_many_files_are_refused(self):
        content = zipped([(str(number), '') for number in range(MAX_ENTRIES + 1)])

        with self.assertRaisesMessage(ArchiveRefused, 'more than 10000 files'):
            members(content)

    def test_a_list_of_files_without_end_is_not_even_read(self):
        content = zipped([('n' * 60_000 + str(number), '') for number in range(MAX_DIRECTORY // 60_000 + 1)])

        with self.assertRaisesMessage(ArchiveRefused, 'list of files is too long'):
            members(content)

    def test_what_is_no_archive_is_refused(self):
        for content in [b'', b'PK\x03\x04', b'hello' * 99, zipped([('a.md', 'x')])[:-30], b'PK\x05\x06' + b'\xff' * 18]:
            with self.subTest(content[:10]), self.assertRaises(ArchiveRefused):
                members(content)

    def test_a_damaged_file_is_refused_and_the_next_one_read(self):
        content = bytearray(zipped([('a.md', os.urandom(99)), ('b.md', b'sound')], method=zipfile.ZIP_STORED))
        content[60] ^= 0xFF
        with Archive(io.BytesIO(bytes(content))) as archive:
            first, second = (member.info for member in archive.members())

            with self.assertRaisesMessage(ArchiveRefused, 'damaged'):
                archive.read(first, KILO)
            self.assertEqual(archive.read(second, KILO), b'sound')

    def test_nothing_is_written_where_the_names_lead(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / 'here').mkdir()
            with contextlib.chdir(Path(folder) / 'here'):
                members(zipped([('../escaped.md', 'x'), (f'{folder}/escaped.md', 'x'), ('below/escaped.md', 'x')]))

            self.assertEqual([path.name for path in Path(folder).rglob('*')], ['here'])
