"""Dates of fields remind those who keep the page."""

import datetime as dt

from django.test import TestCase

from accounts import reader
from playbooks.chores import CHORES
from playbooks.date_reminders import remind_of_dates
from playbooks.models import Kind, Notice, Playbook
from playbooks.notices import said
from tests.factories import make_editor, make_kind, make_playbook, make_user, publish_text

RENEWAL = {'name': 'renewal_on', 'label': 'Renewal on', 'type': 'date', 'remind_days': 30}
DAY = dt.date(2027, 3, 15)


def at(day, hour=12):
    return dt.datetime(day.year, day.month, day.day, hour, tzinfo=dt.UTC)


def before(days):
    return DAY - dt.timedelta(days=days)


class DateRemindersTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_kind('tool', fields=[RENEWAL, {'name': 'decided_on', 'label': 'Decided on', 'type': 'date'}])
        cls.owner, cls.other = make_user('Olga Owner', time_zone='UTC'), make_user('Carl Co', time_zone='UTC')
        cls.editor = make_editor(time_zone='UTC')
        cls.page = make_playbook('axe', kind='tool', owner=cls.owner, co_owner=cls.other)
        cls.say(cls.page, str(DAY))

    @staticmethod
    def say(page, day):
        publish_text(page, 'Text.\n', fields={'renewal_on': day, 'decided_on': day})

    def told(self):
        return [(notice.person, said(notice)) for notice in Notice.objects.order_by('at', 'person__name')]

    def test_owner_and_co_owner_are_told_so_many_days_before_and_on_the_day_and_not_between(self):
        with reader.reading_as(locale='en-gb', time_zone='UTC'):
            for days in (31, 30, 29, 12, 1):
                remind_of_dates(at(before(days)))
            near = [(person, 'Renewal on Mon 15 Mar 2027: “Axe”') for person in (self.other, self.owner)]
            self.assertEqual(self.told(), near)

            for days in (0, -1, -3):
                remind_of_dates(at(before(days)))
            here = 'The day has come: Renewal on Mon 15 Mar 2027, “Axe”'
            self.assertEqual(self.told(), near + [(person, here) for person in (self.other, self.owner)])
        self.assertEqual({notice.path for notice in Notice.objects.all()}, {'/playbooks/axe/'})

    def test_another_day_is_said_anew(self):
        remind_of_dates(at(before(30)))
        self.say(self.page, str(before(5)))

        remind_of_dates(at(before(30)))

        self.assertEqual({notice.data['day'] for notice in Notice.objects.all()}, {str(DAY), str(before(5))})
        self.assertEqual(Notice.objects.count(), 4)

    def test_the_day_is_that_of_where_the_person_is(self):
        for person, zone in ((self.owner, 'Pacific/Auckland'), (self.other, 'America/Los_Angeles')):
            person.time_zone = zone
            person.save()

        remind_of_dates(at(before(31), hour=18))
        self.assertEqual([notice.person for notice in Notice.objects.all()], [self.owner])
        remind_of_dates(at(before(30), hour=3))
        self.assertEqual([notice.person for notice in Notice.objects.all()], [self.owner])
        remind_of_dates(at(before(30), hour=9))
        self.assertEqual({notice.person for notice in Notice.objects.all()}, {self.owner, self.other})

    def test_nobody_is_told_of_archived_pages_of_drafts_and_of_what_is_no_day(self):
        Playbook.objects.filter(pk=self.page.pk).update(archived_at=at(before(60)))
        make_playbook('draft', kind='tool', owner=self.owner)
        for slug, said_day in (('bow', 'soon'), ('cup', '2027-02-31'), ('dam', 20270315), ('elm', '2027-03-15x')):
            self.say(make_playbook(slug, kind='tool', owner=self.owner), said_day)

        self.assertEqual(remind_of_dates(at(before(3))), 0)
        self.assertFalse(Notice.objects.exists())

    def test_a_page_that_nobody_keeps_is_told_to_the_editors(self):
        Playbook.objects.filter(pk=self.page.pk).update(owner=make_user(is_active=False), co_owner=None)

        remind_of_dates(at(before(3)))

        self.assertEqual([notice.person for notice in Notice.objects.all()], [self.editor])

    def test_a_field_that_was_taken_out_or_reminds_nobody_is_silent(self):
        for field in (RENEWAL | {'removed': True}, {'name': 'renewal_on', 'label': 'Renewal on', 'type': 'date'}):
            Kind.objects.filter(slug='tool').update(fields=[field])

            self.assertEqual(remind_of_dates(at(before(3))), 0)

    def test_nothing_is_said_of_days_long_past(self):
        remind_of_dates(at(before(-8)))

        self.assertFalse(Notice.objects.exists())

    def test_zero_days_before_is_on_the_day_alone(self):
        Kind.objects.filter(slug='tool').update(fields=[RENEWAL | {'remind_days': 0}])

        remind_of_dates(at(before(1)))
        self.assertFalse(Notice.objects.exists())
        remind_of_dates(at(DAY))
        self.assertEqual(Notice.objects.count(), 2)

    def test_the_worker_does_it(self):
        self.assertIn(remind_of_dates, [chore.do for chore in CHORES])

    def test_pages_that_are_not_near_cost_nothing(self):
        for number in range(3):
            self.say(make_playbook(kind='tool', owner=self.owner), f'2029-01-0{number + 1}')

        with self.assertNumQueries(2):
            remind_of_dates(at(before(60)))
