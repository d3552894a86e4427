"""The pages of a playbook's files: adding, giving out, taking away, and what keeps a file from doing harm."""

import datetime as dt

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks import runs
from playbooks.drafts import start_draft
from playbooks.files import add_file
from playbooks.models import ApprovalRequest, Attachment, Draft, SlugHistory
from tests.factories import make_editor, make_playbook, make_user, publish_text

from .test_files import MP4, WithFiles, picture


def read(answer):
    """The answer with all of its content, which closes the file."""
    answer.body = b''.join(answer)
    return answer


class FilesTestCase(WithFiles, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.reader, cls.outsider = make_user('Olga'), make_user('Rita', groups=('Leads',)), make_user('Otto')
        cls.playbook = make_playbook('launch', text='# Launch\n', owner=cls.owner, audience=('Leads',))

    def url(self, name, *args):
        return reverse(f'playbooks:{name}', args=['launch', *args])

    def add(self, name='plan.txt', content=b'The plan.', **fields):
        added = add_file(playbook=self.playbook, name=name, content=content, by=self.owner)
        Attachment.objects.filter(pk=added.pk).update(**fields)
        return added


class FilesTests(FilesTestCase):
    def test_lists_each_file_with_what_to_write_and_where_it_is_used(self):
        self.add('plan.txt')
        self.add('map.png', picture())
        publish_text(self.playbook, '![map](file:launch/map.png)')
        self.client.force_login(self.reader)

        page = self.client.get(self.url('files'))

        self.assertContains(page, '[plan.txt](file:launch/plan.txt)')
        self.assertContains(page, '![map](file:launch/map.png)')
        self.assertContains(page, '8 × 6')
        self.assertContains(page, '/playbooks/launch/v/2/')

    def test_reads_as_many_rows_whatever_there_is(self):
        self.client.force_login(self.reader)
        self.add('0.txt', b'0')
        self.client.get(self.url('files'))
        with self.assertNumQueries(7):
            self.client.get(self.url('files'))
        for number in range(1, 4):
            self.add(f'{number}.txt', str(number).encode())
            publish_text(self.playbook, f'[a](file:launch/{number}.txt)')
        with self.assertNumQueries(7):
            self.client.get(self.url('files'))

    def test_only_those_who_keep_it_are_offered_to_take_files_away(self):
        self.add(added_at=timezone.now() - dt.timedelta(days=2))
        for who, offered in ((self.reader, False), (self.owner, True)):
            self.client.force_login(who)
            self.assertEqual('name="name"' in self.client.get(self.url('files')).content.decode(), offered)


class FileAddTests(FilesTestCase):
    def post(self, *files, **headers):
        return self.client.post(self.url('file_add'), {'file': list(files)}, headers=headers)

    def test_a_reader_adds_several_files_at_once(self):
        self.client.force_login(self.reader)

        answer = self.post(SimpleUploadedFile('a.txt', b'a'), SimpleUploadedFile('b.png', picture()))

        self.assertRedirects(answer, self.url('files'))
        self.assertEqual(
            [(one.name, one.added_by) for one in self.playbook.attachments.all()],
            [('a.txt', self.reader), ('b.png', self.reader)],
        )

    def test_the_editor_gets_what_to_write_into_the_text(self):
        self.client.force_login(self.reader)

        answer = self.post(SimpleUploadedFile('My map.png', picture()), accept='application/json')

        self.assertEqual(
            answer.json(),
            {
                'files': [
                    {
                        'name': 'My-map.png',
                        'markdown': '![My map](file:launch/My-map.png)',
                        'url': '/playbooks/launch/files/My-map.png',
                    }
                ],
                'refused': [],
            },
        )

    def test_what_is_refused_is_said_and_the_rest_kept(self):
        self.client.force_login(self.reader)

        page = self.post(SimpleUploadedFile('a.txt', b'a'), SimpleUploadedFile('b.svg', b'<svg/>'))

        self.assertContains(page, 'b.svg: Files of this type cannot be added.', status_code=422)
        self.assertEqual([one.name for one in self.playbook.attachments.all()], ['a.txt'])

    def test_the_editor_is_told_what_is_refused(self):
        self.client.force_login(self.reader)

        for files in ((SimpleUploadedFile('b.svg', b'<svg/>'),), ()):
            answer = self.post(*files, accept='application/json')

            self.assertEqual(answer.status_code, 422)
            self.assertEqual(answer.json()['files'], [])
            self.assertEqual(len(answer.json()['refused']), 1)
        self.assertEqual(Attachment.objects.count(), 0)

    def test_more_than_a_few_at_once_are_refused(self):
        self.client.force_login(self.reader)

        page = self.post(*(SimpleUploadedFile(f'{n}.txt', b'a') for n in range(21)))

        self.assertContains(page, 'At most 20 files at once.', status_code=422)
        self.assertEqual(Attachment.objects.count(), 0)

    def test_nothing_is_added_to_an_archived_playbook_or_by_looking(self):
        self.client.force_login(self.owner)
        self.assertEqual(self.client.get(self.url('file_add')).status_code, 405)
        self.playbook.archived_at, self.playbook.archived_by = timezone.now(), self.owner
        self.playbook.save()

        self.assertEqual(self.post(SimpleUploadedFile('a.txt', b'a')).status_code, 403)
        self.assertEqual(Attachment.objects.count(), 0)

    def test_nobody_adds_to_what_they_may_not_read(self):
        self.client.force_login(self.outsider)

        self.assertEqual(self.post(SimpleUploadedFile('a.txt', b'a')).status_code, 404)
        self.assertEqual(Attachment.objects.count(), 0)


class FilesCleanTests(FilesTestCase):
    def test_the_owner_takes_away_what_nothing_names(self):
        for name in ('a.txt', 'b.txt'):
            self.add(name, name.encode(), added_at=timezone.now() - dt.timedelta(days=2))
        publish_text(self.playbook, '[b](file:launch/b.txt)')
        self.client.force_login(self.owner)

        page = self.client.post(self.url('files_clean'), {'name': ['a.txt', 'b.txt']}, follow=True)

        self.assertEqual([one.name for one in self.playbook.attachments.all()], ['b.txt'])
        self.assertContains(page, '1 file taken away.')
        self.assertContains(page, '1 is in use by now and stays.')

    def test_a_reader_may_not_and_what_is_no_file_is_refused(self):
        self.add(added_at=timezone.now() - dt.timedelta(days=2))
        for who, data, status in (
            (self.reader, {'name': 'plan.txt'}, 403),
            (self.owner, {'name': 'x'}, 422),
            (self.owner, {}, 422),
        ):
            self.client.force_login(who)
            self.assertEqual(self.client.post(self.url('files_clean'), data).status_code, status)
        self.assertEqual(Attachment.objects.count(), 1)


class FileTests(FilesTestCase):
    def get(self, name='plan.txt', who=None, **headers):
        self.client.force_login(who or self.reader)
        return read(self.client.get(self.url('file', name), headers=headers))

    def test_a_reader_gets_it_and_an_outsider_does_not(self):
        self.add()

        self.assertEqual(self.get().body, b'The plan.')
        self.assertEqual(self.get(who=self.outsider).status_code, 404)
        self.assertEqual(self.get('other.txt').status_code, 404)

    def test_it_can_do_no_harm_whatever_is_in_it(self):
        for name, content, disposition in [
            ('a.txt', b'<script>alert(1)</script>', 'attachment; filename="a.txt"'),
            ('a.png', picture(), 'inline; filename="a.png"'),
            ('a.pdf', b'%PDF-1.7', 'inline; filename="a.pdf"'),
        ]:
            self.add(name, content)
            headers = self.get(name).headers
            with self.subTest(name):
                self.assertEqual(headers['X-Content-Type-Options'], 'nosniff')
                self.assertTrue(headers['Content-Security-Policy'].startswith("default-src 'none'"))
                self.assertEqual('sandbox' in headers['Content-Security-Policy'], name != 'a.pdf')
                self.assertEqual(headers['Content-Disposition'], disposition)
                self.assertEqual(headers['Cross-Origin-Resource-Policy'], 'same-origin')
                self.assertEqual(headers['Cache-Control'], 'private, no-cache')

    def test_a_browser_that_has_it_is_told_so_but_only_while_it_may_be_seen(self):
        etag = f'"{self.add().sha256}"'

        self.assertEqual(self.get(if_none_match=etag).status_code, 304)
        self.assertEqual(self.get(who=self.outsider, if_none_match=etag).status_code, 404)

    def test_a_film_is_given_in_parts(self):
        self.add('a.mp4', MP4)
        size = len(MP4)
        for asked, status, content, said in [
            ('bytes=0-3', 206, MP4[:4], f'bytes 0-3/{size}'),
            ('bytes=4-', 206, MP4[4:], f'bytes 4-{size - 1}/{size}'),
            ('bytes=-5', 206, MP4[-5:], f'bytes {size - 5}-{size - 1}/{size}'),
            ('bytes=0-999999', 206, MP4, f'bytes 0-{size - 1}/{size}'),
            ('bytes=-999999', 206, MP4, f'bytes 0-{size - 1}/{size}'),
            (f'bytes={size}-', 416, b'', f'bytes */{size}'),
            ('bytes=-0', 416, b'', f'bytes */{size}'),
            ('bytes=5-2', 200, MP4, None),
            ('bytes=-', 200, MP4, None),
            ('bytes=0-1,4-5', 200, MP4, None),
            ('lines=1-2', 200, MP4, None),
        ]:
            with self.subTest(asked):
                answer = self.get('a.mp4', range=asked)
                self.assertEqual(
                    (answer.status_code, answer.body, answer.headers.get('Content-Range')), (status, content, said)
                )
                if status != 416:
                    self.assertEqual(answer.headers['Content-Length'], str(len(content)))

    def test_a_part_of_an_older_file_is_not_mixed_with_this_one(self):
        self.add('a.mp4', MP4)

        self.assertEqual(self.get('a.mp4', range='bytes=0-3', if_range='"other"').status_code, 200)

    def test_an_old_address_leads_to_the_new_one_for_whoever_may_see_it(self):
        self.add()
        SlugHistory.objects.create(slug='start', playbook=self.playbook)
        for who, status in ((self.reader, 301), (self.outsider, 404)):
            self.client.force_login(who)
            answer = self.client.get('/playbooks/start/files/plan.txt?key=a')
            self.assertEqual(
                (answer.status_code, answer.headers.get('Location')),
                (status, '/playbooks/launch/files/plan.txt?key=a' if status == 301 else None),
            )

    def test_before_there_is_a_version_those_read_it_who_may_see_a_draft(self):
        idea = make_playbook('idea', owner=self.owner)
        add_file(playbook=idea, name='a.txt', content=b'a', by=self.owner)
        draft = start_draft(playbook=idea, author=self.owner)
        Draft.objects.filter(pk=draft.pk).update(share_key='k' * 32, text='[a](file:idea/a.txt)\n')
        url = reverse('playbooks:file', args=['idea', 'a.txt'])
        for who, query, status in (
            (self.owner, '', 200),
            (self.reader, '', 404),
            (self.reader, 'k' * 32, 200),
            (self.reader, 'x' * 32, 404),
            (self.reader, 'k' * 64, 404),
        ):
            self.client.force_login(who)
            answer = read(self.client.get(url, {'key': query} if query else {}))
            self.assertEqual(answer.status_code, status)

    def test_whoever_is_asked_to_approve_a_draft_reads_its_files_and_no_other(self):
        self.add('new plan.txt', b'new')
        self.add('secret.txt', b'secret')
        draft = start_draft(playbook=self.playbook, author=self.owner)
        Draft.objects.filter(pk=draft.pk).update(text='[a](file:launch/new-plan.txt)\n')
        ApprovalRequest.objects.create(draft=draft, person=self.outsider)

        self.assertEqual(self.get('new-plan.txt', who=self.outsider).status_code, 200)
        self.assertEqual(self.get('secret.txt', who=self.outsider).status_code, 404)

    def test_who_takes_part_in_a_run_sees_the_files_its_version_names_and_no_other(self):
        self.add('in.txt', b'in')
        self.add('out.txt', b'out')
        version = publish_text(self.playbook, '[a](file:launch/in.txt)\n\n- [ ] Do it\n')
        runs.start_run(version=version, owner=self.outsider, anchor_on=dt.date(2026, 12, 1), by=make_editor())

        self.assertEqual(self.get('in.txt', who=self.outsider).status_code, 200)
        self.assertEqual(self.get('out.txt', who=self.outsider).status_code, 404)

    def test_nobody_reads_a_file_by_a_run_of_a_page_of_their_own_that_names_it(self):
        self.add('secret.txt', b'secret')
        own = make_playbook('own', owner=self.outsider)
        version = publish_text(own, '[a](file:launch/secret.txt)\n\n- [ ] Do it\n')
        runs.start_run(version=version, owner=self.outsider, anchor_on=dt.date(2026, 12, 1), by=self.outsider)

        self.assertEqual(self.get('secret.txt', who=self.outsider).status_code, 404)

    def test_a_file_whose_content_is_lost_is_not_found(self):
        added = self.add()
        added.file.storage.delete(added.file.name)

        self.assertEqual(self.get().status_code, 404)

    def test_it_takes_one_query_beside_the_session(self):
        self.add()
        self.client.force_login(self.reader)
        with self.assertNumQueries(3):
            read(self.client.get(self.url('file', 'plan.txt')))
