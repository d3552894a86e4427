import datetime as dt
from io import StringIO

from django.core.management import CommandError, call_command
from django.test import TestCase

from accounts.models import Holiday, HolidayCalendar


class LoadHolidaysTests(TestCase):
    def load(self, *args):
        out = StringIO()
        call_command('load_holidays', *args, stdout=out)
        return out.getvalue()

    def test_the_days_of_a_country_are_stored_under_their_names(self):
        printed = self.load('PT', '2026')

        portugal = HolidayCalendar.objects.get(code='PT')
        self.assertEqual(portugal.name, 'Portugal')
        self.assertEqual(portugal.holidays.get(on=dt.date(2026, 12, 25)).name, 'Christmas Day')
        self.assertEqual({day.on.year for day in portugal.holidays.all()}, {2026})
        self.assertEqual(printed, f'Portugal (PT): {portugal.holidays.count()} days added for 2026 to 2026.\n')

    def test_a_region_has_days_of_its_own(self):
        self.load('us', '2026')
        self.load('us-ca', '2026')

        chavez = dt.date(2026, 3, 31)
        with_it = Holiday.objects.filter(on=chavez).values_list('calendar__code', flat=True)
        self.assertEqual(list(with_it), ['US-CA'])

    def test_loading_again_adds_nothing_and_keeps_what_was_corrected_by_hand(self):
        self.load('PT', '2026')
        Holiday.objects.filter(on=dt.date(2026, 12, 25)).update(name='Natal')
        before = Holiday.objects.count()

        self.assertIn(': 0 days added', self.load('PT', '2026'))
        self.assertEqual(Holiday.objects.count(), before)
        self.assertTrue(Holiday.objects.filter(name='Natal').exists())

    def test_without_a_year_the_last_one_and_the_next_two_come_in(self):
        self.load('SE')

        years = sorted({day.on.year for day in Holiday.objects.all()})
        this_year = dt.datetime.now(dt.UTC).year
        self.assertEqual(years, [this_year - 1, this_year, this_year + 1, this_year + 2])

    def test_an_unknown_code_is_named_and_nothing_is_stored(self):
        for code in ('QQ', 'US-QQ'):
            with self.assertRaisesMessage(CommandError, f'No public holidays are known for {code}.'):
                self.load(code)
        self.assertFalse(HolidayCalendar.objects.exists())
