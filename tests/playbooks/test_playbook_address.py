"""Giving a playbook another address: every link there was goes on working."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.test import TestCase
from django.urls import reverse

from playbooks import runs
from playbooks.actions import AddressTaken, give_address
from playbooks.files import add_file
from playbooks.item_lines import PageRead, pages_read
from playbooks.models import Acknowledgement, Draft, Playbook, RunItem, SlugHistory
from tests.factories import make_editor, make_playbook, make_user, publish_text

from .test_files import WithFiles


class PlaybookAddressTests(WithFiles, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.reader, cls.outsider = make_user('Olga'), make_user('Rita', groups=('Leads',)), make_user('Otto')
        cls.playbook = make_playbook('launch', versions=2, owner=cls.owner, audience=('Leads',))

    def change(self, slug, who=None, at='launch'):
        self.client.force_login(who or self.owner)
        return self.client.post(reverse('playbooks:playbook_address', args=[at]), {'slug': slug})

    def test_the_owner_gives_it_another_address(self):
        answer = self.change('release')

        self.assertRedirects(answer, '/playbooks/release/', fetch_redirect_response=False)
        self.assertEqual(list(SlugHistory.objects.values_list('slug', 'playbook')), [('launch', self.playbook.pk)])

    def test_everything_below_the_old_address_leads_to_the_same_below_the_new_one(self):
        add_file(playbook=self.playbook, name='a.txt', content=b'a', by=self.owner)
        self.change('release')
        self.change('ship', at='release')
        for path in (
            '',
            'v/1/',
            'raw/?v=1',
            'compare/1/2/?as=markdown',
            'history/',
            'files/a.txt',
            'edit/',
            'settings/',
        ):
            for old in ('launch', 'release'):
                self.client.force_login(self.owner)
                with self.subTest(f'{old}/{path}'):
                    answer = self.client.get(f'/playbooks/{old}/{path}')
                    self.assertRedirects(answer, f'/playbooks/ship/{path}', 301, fetch_redirect_response=False)
                    self.client.force_login(self.outsider)
                    self.assertEqual(self.client.get(f'/playbooks/{old}/{path}').status_code, 404)

    def test_what_is_sent_to_the_old_address_is_not_lost(self):
        self.change('release')
        self.client.force_login(self.reader)
        data = {'title': 'Launch', 'text': 'My words.', 'revision': 0}

        answer = self.client.post('/playbooks/launch/edit/', data)

        self.assertEqual((answer.status_code, answer.headers['Location']), (308, '/playbooks/release/edit/'))
        self.client.post('/playbooks/launch/edit/', data, follow=True)
        self.assertEqual(Draft.objects.get(author=self.reader).text, 'My words.\n')

    def test_links_in_texts_go_on_leading_there_and_count(self):
        publish_text(make_playbook('other'), 'See [it](playbook:launch) and [v1](playbook:launch@1).', title='Other')
        self.change('release')
        self.client.force_login(self.reader)

        self.assertContains(self.client.get('/playbooks/release/'), 'Other')

    def test_an_item_to_read_it_is_done_by_reading_it_under_its_new_address(self):
        checklist = make_playbook(text='- [ ] Read [it](playbook:launch) {#read kind=read}\n')
        run = runs.start_run(
            version=checklist.current_version, owner=self.reader, anchor_on=dt.date(2026, 12, 1), by=make_editor()
        )
        self.change('release')
        self.client.force_login(self.reader)

        self.client.post('/playbooks/release/read/', {'number': 2})

        self.assertEqual(RunItem.objects.get(run=run).state, 'done')

    def test_a_page_read_before_counts_as_read_under_the_address_that_an_item_names(self):
        Acknowledgement.objects.create(playbook=self.playbook, person=self.reader, number=2)
        self.change('release')

        for slug in ('launch', 'release'):
            self.assertEqual(pages_read(self.reader, [slug, 'other']), {slug: PageRead(frozenset({2}), 2)})
        self.assertEqual(pages_read(self.outsider, ['launch']), {})

    def test_an_address_it_had_it_can_have_again(self):
        self.change('release')
        self.change('launch', at='release')

        self.assertEqual(Playbook.objects.get(pk=self.playbook.pk).slug, 'launch')
        self.assertEqual(list(SlugHistory.objects.values_list('slug', flat=True)), ['release'])

    def test_bad_taken_and_reserved_addresses_are_refused_and_nothing_changes(self):
        make_playbook('taken')
        SlugHistory.objects.create(slug='once', playbook=make_playbook('other'))
        for slug, said in [
            ('taken', 'had it before'),
            ('once', 'had it before'),
            ('links', 'a word the site itself uses'),
            ('new', 'a word the site itself uses'),
            ('Über', 'Use lower-case letters'),
            ('a/b', 'Use lower-case letters'),
            ('a--b', 'Use lower-case letters'),
            ('', 'This field is required'),
            ('x' * 81, 'at most 80'),
        ]:
            with self.subTest(slug):
                self.assertContains(self.change(slug), said, status_code=422)
        self.assertEqual(Playbook.objects.get(pk=self.playbook.pk).slug, 'launch')
        self.assertEqual(SlugHistory.objects.count(), 1)

    def test_the_same_address_changes_nothing(self):
        self.change('launch')

        self.assertEqual(SlugHistory.objects.count(), 0)

    def test_a_reader_may_not_and_looking_changes_nothing(self):
        self.assertEqual(self.change('release', self.reader).status_code, 403)
        self.assertEqual(self.change('release', self.outsider).status_code, 404)
        self.client.force_login(self.owner)
        self.assertContains(self.client.get(reverse('playbooks:playbook_address', args=['launch'])), 'value="launch"')
        self.assertEqual(Playbook.objects.get(pk=self.playbook.pk).slug, 'launch')

    def test_another_playbook_cannot_take_an_address_between_looking_and_saving(self):
        make_playbook('release')
        with self.assertRaises(AddressTaken):
            give_address(playbook=self.playbook, slug='release')

    def test_the_database_keeps_an_old_address_once(self):
        SlugHistory.objects.create(slug='once', playbook=self.playbook)
        with self.assertRaises(IntegrityError), transaction.atomic():
            SlugHistory.objects.create(slug='once', playbook=make_playbook())
