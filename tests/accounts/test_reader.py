"""Dates and times in the manner of whoever reads them."""

import datetime as dt

from django.template import Context, Template
from django.test import TestCase
from django.utils import timezone

from accounts import reader
from accounts.models import User

YEAR = timezone.localdate().year


class ReaderTests(TestCase):
    def written(self, filters, value, *, locale='en-gb', time_zone='UTC'):
        with reader.reading_as(locale=locale, time_zone=time_zone):
            return Template('{% load reader %}{{ value|' + filters + ' }}').render(Context({'value': value}))

    def test_a_day_of_another_year_says_which(self):
        self.assertEqual(self.written('day', dt.date(2019, 11, 12)), 'Tue 12 Nov 2019')
        self.assertEqual(self.written('daylong', dt.date(2019, 11, 12)), 'Tuesday 12 November 2019')

    def test_a_day_of_this_year_does_not(self):
        day = dt.date(YEAR, 11, 12)

        self.assertEqual(self.written('day', day), day.strftime('%a 12 Nov'))
        self.assertEqual(self.written('daylong', day), day.strftime('%A 12 November'))

    def test_each_locale_has_its_names_and_order(self):
        day = dt.date(2019, 3, 5)

        self.assertEqual(
            {locale: self.written('daylong', day, locale=locale) for locale in ('en-us', 'de', 'fr', 'pt-br', 'es')},
            {
                'en-us': 'Tuesday 5 March 2019',
                'de': 'Dienstag, 5. März 2019',
                'fr': 'mardi 5 mars 2019',
                'pt-br': 'Terça-feira, 5 de Março de 2019',
                'es': 'martes 5 de marzo de 2019',
            },
        )

    def test_the_axis_of_a_drawing_has_the_day_and_the_month_alone(self):
        day = dt.date(2019, 3, 5)

        self.assertEqual(
            {locale: self.written('dayshort', day, locale=locale) for locale in ('en-us', 'de', 'pt-br')},
            {'en-us': '5 Mar', 'de': '5. Mär', 'pt-br': '5 de Mar'},
        )

    def test_an_instant_is_told_in_the_readers_zone_and_clock(self):
        instant = dt.datetime(2019, 3, 5, 23, 5, tzinfo=dt.UTC)

        self.assertEqual(self.written('moment', instant, time_zone='Europe/Lisbon'), 'Tue 5 Mar 2019, 23:05')
        self.assertEqual(self.written('moment', instant, time_zone='Asia/Tokyo'), 'Wed 6 Mar 2019, 08:05')
        self.assertEqual(self.written('clock', instant, locale='en-us', time_zone='America/New_York'), '6:05 PM')
        self.assertEqual(self.written('day', instant, time_zone='Asia/Tokyo'), 'Wed 6 Mar 2019')

    def test_nothing_is_written_for_no_date(self):
        self.assertEqual(
            [self.written(name, None) for name in ('day', 'daylong', 'dayshort', 'moment', 'clock')], [''] * 5
        )

    def test_the_manner_ends_with_the_block_even_when_it_breaks(self):
        with self.assertRaises(ZeroDivisionError), reader.reading_as(locale='de', time_zone='Asia/Tokyo'):
            raise ZeroDivisionError

        self.assertEqual(reader.locale(), 'en-us')
        self.assertEqual(timezone.get_current_timezone_name(), 'UTC')

    def test_a_page_is_written_for_the_person_who_is_signed_in(self):
        seen = []
        person = User(locale='de', time_zone='Asia/Tokyo')

        from accounts.middleware import ReaderMiddleware

        class Asked:
            user = person

        ReaderMiddleware(lambda request: seen.append((reader.locale(), timezone.get_current_timezone_name())))(Asked())

        self.assertEqual(seen, [('de', 'Asia/Tokyo')])

    def test_initials_are_those_of_the_first_and_the_last_name(self):
        names = ('Maya Okafor', 'Ana Maria de Souza', 'Wen', 'maya.okafor@example.com', '', 'Ólafur Þórsson')

        self.assertEqual([self.written('initials', name) for name in names], ['MO', 'AS', 'W', 'MO', '?', 'ÓÞ'])

    def test_a_person_keeps_one_tint(self):
        tints = [self.written('avatar_class', User(pk=pk)) for pk in (1, 2, 1, 6)]

        self.assertEqual(tints, ['b', 'c', 'b', 'b'])
