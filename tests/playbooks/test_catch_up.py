"""Catch up: all that changed since somebody was here, required things first, one “I have read these”."""

import datetime as dt

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks.catching_up import catch_up
from playbooks.models import Acknowledgement, CaughtUp, RequiredReading
from tests.factories import make_editor, make_playbook, make_user, publish_text

WEEK = dt.timedelta(days=7)


class CatchUpTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader = make_user('Rita Reader', created_at=timezone.now() - WEEK)
        cls.editor = make_editor()
        cls.url = reverse('playbooks:catch_up')
        cls.required = make_playbook('security', versions=1)
        RequiredReading.objects.create(playbook=cls.required, why='The audit asks for it.')
        cls.changed = make_playbook('launch', versions=1)
        Acknowledgement.objects.create(playbook=cls.changed, person=cls.reader, number=1)
        publish_text(cls.changed, 'New ways.\n', note='Rehearse first.')
        cls.other = make_playbook('glossary', versions=1)
        publish_text(cls.other, 'One more word.\n', weight='clarification', note='A word.')

    def setUp(self):
        self.client.force_login(self.reader)

    def names(self):
        page = catch_up(self.reader)
        return [[row.slug for row in rows] for rows in (page.required, page.changed, page.others)]

    def post(self, *pages, **data):
        read = [f'{page.pk}:{page.current_version.number}' for page in pages]
        return self.client.post(self.url, {'until': timezone.now().isoformat(), 'read': read} | data)

    def test_required_things_come_first_then_what_works_differently_then_the_rest(self):
        self.assertEqual(self.names(), [['security'], ['launch'], ['glossary']])

        page = self.client.get(self.url).content.decode()

        places = [page.index(words) for words in ('The audit asks for it.', 'Rehearse first.', 'A word.')]
        self.assertEqual(places, sorted(places))

    def test_one_click_says_that_all_were_read_and_there_is_nothing_left(self):
        self.post(self.required, self.changed)

        self.assertEqual(self.names(), [[], [], []])
        read = Acknowledgement.objects.filter(person=self.reader, number__gte=1).values_list('playbook__slug', 'number')
        self.assertEqual(set(read), {('security', 1), ('launch', 1), ('launch', 2)})

    def test_what_comes_after_the_page_was_shown_is_there_next_time(self):
        shown = timezone.now()
        publish_text(
            self.other, 'Two more words.\n', weight='clarification', published_at=shown + dt.timedelta(seconds=1)
        )

        self.post(self.required, self.changed, until=shown.isoformat())

        later = catch_up(self.reader, now=shown + WEEK)
        self.assertEqual([row.slug for row in later.others], ['glossary'])

    def test_an_older_page_sent_again_does_not_put_the_clock_back(self):
        now = timezone.now()
        CaughtUp.objects.create(person=self.reader, at=now)

        self.post(until=(now - WEEK).isoformat())
        self.post(until=(now + WEEK).isoformat())

        at = CaughtUp.objects.get().at
        self.assertTrue(now <= at <= timezone.now())

    def test_a_small_fix_and_what_one_wrote_oneself_are_no_news(self):
        publish_text(make_playbook('mine', versions=0), 'Mine.\n', weight='clarification', author=self.reader)
        small = make_playbook('small', versions=1)
        Acknowledgement.objects.create(playbook=small, person=self.reader, number=1)
        publish_text(small, 'Typo.\n', weight='editorial')

        self.assertEqual(self.names()[2], ['glossary'])

    def test_what_is_not_shared_is_neither_named_nor_recorded(self):
        closed = make_playbook('pay', versions=2, audience=['Board'])
        RequiredReading.objects.create(playbook=closed)

        self.post(closed)

        self.assertNotIn('pay', [slug for slugs in self.names() for slug in slugs])
        self.assertFalse(Acknowledgement.objects.filter(playbook=closed).exists())

    def test_a_version_that_is_not_there_is_not_read(self):
        self.post(read=[f'{self.required.pk}:9'])

        self.assertFalse(Acknowledgement.objects.filter(playbook=self.required).exists())

    def test_nonsense_records_nothing(self):
        for data in ({'until': 'x'}, {'read': ['1']}, {'read': ['a:b']}, {'read': [f'{"9" * 30}:1']}):
            self.post(**data)
            with self.subTest(data):
                self.assertEqual((CaughtUp.objects.count(), Acknowledgement.objects.count()), (0, 1))

    def test_the_comparison_opens_in_its_place_and_alone_leads_to_its_page(self):
        address = reverse('playbooks:catch_up_change', args=['launch', 1, 2])

        self.assertContains(self.client.get(address, headers={'HX-Request': 'true'}), 'New ways.')
        self.assertRedirects(self.client.get(address), reverse('playbooks:compare', args=['launch', 1, 2]))
        for numbers in ([2, 1], [1, 9]):
            wrong = reverse('playbooks:catch_up_change', args=['launch', *numbers])
            self.assertEqual(self.client.get(wrong).status_code, 404)

    def test_costs_the_same_with_one_of_each_and_with_three(self):
        self.client.get(self.url)
        with self.assertNumQueries(9):
            self.client.get(self.url)
        for number in range(2):
            RequiredReading.objects.create(playbook=make_playbook(f'must-{number}', versions=1))
            read = make_playbook(f'read-{number}', versions=1)
            Acknowledgement.objects.create(playbook=read, person=self.reader, number=1)
            publish_text(read, 'Other.\n')
            make_playbook(f'new-{number}', versions=1)
        with self.assertNumQueries(9):
            self.client.get(self.url)
