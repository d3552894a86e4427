"""Who has read a page and who has to, for whoever keeps it."""

import datetime as dt

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks import permissions, required, runs
from playbooks.models import Notice, RequiredReading
from tests.factories import make_editor, make_playbook, make_user, publish_text

DAY = dt.timedelta(days=1)


class ReadersTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner = make_user('Olga Owner')
        cls.playbook = make_playbook('security', versions=1, owner=cls.owner)
        cls.url = reverse('playbooks:readers', args=['security'])
        cls.ann, cls.ben = make_user('Ann', groups=('Sales',)), make_user('Ben', groups=('Sales',))
        cls.sales = Group.objects.get(name='Sales')

    def setUp(self):
        self.client.force_login(self.owner)

    def ask(self, **data):
        return self.client.post(self.url, {'group': self.sales.pk, 'why': 'The audit.'} | data)

    def told(self, kind='reading_asked'):
        return {notice.person.name for notice in Notice.objects.filter(kind=kind)}

    def test_asking_a_group_tells_those_who_have_not_read_it(self):
        runs.acknowledge(playbook=self.playbook, person=self.ann, number=1)

        self.ask()

        self.assertEqual(self.told(), {'Ben'})

    def test_the_list_says_of_each_whether_they_have_read_what_holds(self):
        self.ask()
        runs.acknowledge(playbook=self.playbook, person=self.ann, number=1)
        publish_text(self.playbook, 'Stricter.\n', weight='process_change')

        page = self.client.get(self.url)

        self.assertContains(page, '0 of 2 have read what holds now.')
        self.assertContains(page, 'Changed since', count=1)
        self.assertContains(page, 'Not yet</span>', count=1)

    def test_a_small_fix_or_a_clarification_asks_nobody_again(self):
        self.ask()
        runs.acknowledge(playbook=self.playbook, person=self.ann, number=1)
        publish_text(self.playbook, 'Clearer.\n', weight='clarification')
        publish_text(self.playbook, 'Typo.\n', weight='editorial')

        self.assertContains(self.client.get(self.url), '1 of 2 have read what holds now.')

    def test_the_list_narrows_to_a_state(self):
        self.ask()
        runs.acknowledge(playbook=self.playbook, person=self.ann, number=1)

        for state, names in (('none', {'Ben'}), ('read', {'Ann'}), ('older', set()), ('nonsense', {'Ann', 'Ben'})):
            page = self.client.get(self.url, {'state': state}).content.decode()
            with self.subTest(state):
                shown = {name for name in ('Ann', 'Ben') if f'<th scope="row">{name}</th>' in page}
                self.assertEqual(shown, names)

    def test_the_same_people_are_asked_once_at_a_time(self):
        self.ask()

        self.assertContains(self.ask(), 'They are asked already.', status_code=422)
        self.assertEqual(RequiredReading.objects.count(), 1)

    def test_the_database_refuses_to_ask_everybody_twice(self):
        RequiredReading.objects.create(playbook=self.playbook)

        with self.assertRaises(IntegrityError), transaction.atomic():
            RequiredReading.objects.create(playbook=self.playbook)

    def test_a_day_that_is_past_or_none_is_refused_at_its_field_and_nothing_is_asked(self):
        for day in ((timezone.localdate() - DAY).isoformat(), 'tomorrow', '2026-13-45'):
            page = self.ask(due_on=day)
            with self.subTest(day):
                self.assertContains(page, 'id_due_on_error', status_code=422)
                self.assertContains(page, 'The audit.', status_code=422)
        self.assertFalse(RequiredReading.objects.exists())

    def test_reminding_tells_once_a_day(self):
        self.ask()
        reading = RequiredReading.objects.get()

        for _time in range(2):
            self.client.post(reverse('playbooks:reading_remind', args=['security', reading.pk]))

        self.assertEqual(Notice.objects.filter(kind='reading_due', person=self.ann).count(), 1)

    def test_whoever_is_asked_no_more_has_nothing_to_read(self):
        self.ask()
        self.client.post(reverse('playbooks:reading_end', args=['security', RequiredReading.objects.get().pk]))
        self.client.force_login(self.ann)

        self.assertNotContains(self.client.get(self.playbook.get_absolute_url()), 'Required reading')

    def test_the_page_says_that_it_is_required_until_it_was_read(self):
        self.ask(due_on=(timezone.localdate() + 5 * DAY).isoformat())
        self.client.force_login(self.ann)

        before = self.client.get(self.playbook.get_absolute_url())
        self.client.post(reverse('playbooks:acknowledge', args=['security']), {'number': 1})
        after = self.client.get(self.playbook.get_absolute_url())

        self.assertContains(before, 'Required reading by')
        self.assertContains(before, 'The audit.')
        self.assertNotContains(after, 'Required reading by')

    def test_on_today_there_are_three_rows_at_most_and_the_way_to_the_rest(self):
        for number in range(5):
            RequiredReading.objects.create(playbook=make_playbook(f'page-{number}', versions=1))
        self.client.force_login(self.ann)

        page = self.client.get('/')

        self.assertContains(page, '<span>Required reading</span>', count=3)
        self.assertContains(page, 'Catch up: 2 more')

    def test_those_who_may_not_read_it_are_not_asked_and_are_counted(self):
        closed = make_playbook('pay', versions=1, owner=self.owner, audience=['Board'])
        self.client.post(reverse('playbooks:readers', args=['pay']), {'group': self.sales.pk})

        page = self.client.get(reverse('playbooks:readers', args=['pay']))

        self.assertContains(page, '2 members of the group may not read this page.')
        self.assertEqual(self.told(), set())
        self.assertEqual(set(permissions.people_who_read(closed)), {self.owner})

    def test_costs_the_same_with_one_asking_and_with_three(self):
        self.ask()
        self.client.get(self.url)
        for number in range(3):
            with self.assertNumQueries(10):
                self.client.get(self.url)
            make_user(groups=('Sales', f'Group {number}'))
            self.ask(group=Group.objects.get(name=f'Group {number}').pk)


class RemindOfReadingTests(TestCase):
    def test_it_reminds_three_days_before_and_once_when_the_day_is_past(self):
        playbook, reader = make_playbook('security', versions=1), make_user('Rita')
        due = dt.date(2026, 12, 10)
        RequiredReading.objects.create(playbook=playbook, due_on=due)
        told = []
        for day in (1, 7, 8, 10, 11, 12):
            required.remind_of_reading(dt.datetime(2026, 12, day, 9, tzinfo=dt.UTC))
            told.append(Notice.objects.filter(person=reader).count())

        self.assertEqual(told, [0, 1, 1, 1, 2, 2])

    def test_whoever_has_read_it_is_not_reminded(self):
        playbook, reader = make_playbook('security', versions=1), make_editor()
        RequiredReading.objects.create(playbook=playbook, due_on=dt.date(2026, 12, 1))
        runs.acknowledge(playbook=playbook, person=reader, number=1)

        required.remind_of_reading(dt.datetime(2026, 12, 5, tzinfo=dt.UTC))

        self.assertFalse(Notice.objects.exists())
