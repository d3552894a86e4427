"""What somebody watches, and how they want to be told."""

from django.db import IntegrityError, transaction
from django.test import TestCase
from django.urls import reverse

from playbooks.models import MailWish, Watch
from tests.factories import make_area, make_kind, make_playbook, make_user


class WatchingTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader = make_user('Rita Reader')
        cls.playbook = make_playbook('launch', versions=1)
        cls.playbook.tags.add('releases')
        cls.url, cls.change = reverse('playbooks:watching'), reverse('playbooks:watch_change')

    def setUp(self):
        self.client.force_login(self.reader)

    def watched(self):
        page = self.client.get(self.url)
        return [(one.what, one.name) for one in page.context['watched']]

    def test_a_page_is_watched_and_no_longer_watched_from_itself(self):
        page = self.playbook.get_absolute_url()
        self.assertContains(self.client.get(page), 'Watch</button>')

        answer = self.client.post(self.change, {'what': 'playbook', 'slug': 'launch', 'on': '1', 'next': page})

        self.assertRedirects(answer, page)
        self.assertContains(self.client.get(page), 'Watching: stop')
        self.client.post(self.change, {'what': 'playbook', 'slug': 'launch'})
        self.assertFalse(Watch.objects.exists())

    def test_a_type_an_area_and_a_tag_are_chosen_here(self):
        self.client.post(self.url, {'kind': make_kind().pk, 'area': make_area().pk, 'tag': 'Releases'})

        self.assertEqual(self.watched(), [('kind', 'guides'), ('tag', 'releases'), ('area', 'Process')])

    def test_a_tag_that_no_page_has_or_nothing_at_all_is_refused(self):
        for data in ({'tag': 'unheard'}, {}, {'kind': 99999}):
            answer = self.client.post(self.url, data)
            with self.subTest(data):
                self.assertEqual((answer.status_code, Watch.objects.count()), (422, 0))

    def test_what_is_not_shared_cannot_be_watched_and_drops_out_of_the_list(self):
        closed = make_playbook('pay', versions=1, audience=['Board'])
        self.assertEqual(self.client.post(self.change, {'what': 'playbook', 'slug': 'pay', 'on': '1'}).status_code, 404)
        Watch.objects.create(person=self.reader, playbook=closed)

        self.assertEqual(self.watched(), [])

    def test_it_never_leads_to_another_site(self):
        for wish in ('https://evil.example', '//evil.example/', 'nowhere', ''):
            answer = self.client.post(self.change, {'what': 'playbook', 'slug': 'launch', 'on': '1', 'next': wish})

            self.assertRedirects(answer, self.url)

    def test_how_one_is_told_is_kept(self):
        self.client.post(self.url, {'how': 'daily'})
        self.assertEqual(MailWish.objects.get().how, 'daily')

        self.assertEqual(self.client.post(self.url, {'how': 'hourly'}).status_code, 422)
        self.assertEqual(MailWish.objects.get().how, 'daily')

    def test_the_database_keeps_one_watch_of_one_thing(self):
        Watch.objects.create(person=self.reader, playbook=self.playbook)
        for fields in ({'playbook': self.playbook}, {}, {'playbook': self.playbook, 'area': make_area()}):
            with self.subTest(fields), self.assertRaises(IntegrityError), transaction.atomic():
                Watch.objects.create(person=self.reader, **fields)

    def test_costs_the_same_with_one_thing_and_with_three(self):
        self.client.get(self.url)
        for number in range(2):
            Watch.objects.create(person=self.reader, playbook=make_playbook(f'page-{number}', versions=1))
            with self.assertNumQueries(6):
                self.client.get(self.url)
