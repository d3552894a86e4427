"""Brings in public holidays."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ...days_off import UnknownCalendar, load_calendar, usual_years


class Command(BaseCommand):
    help = 'Store the public holidays of a country or region, such as PT or US-CA, so that working days leave them out.'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('code', help='ISO code of a country, with a region where it has its own: PT, US-CA')
        parser.add_argument('years', nargs='*', type=int, help='the years; without any, the last one and three more')

    def handle(self, *args: Any, **options: Any) -> None:
        years = options['years'] or usual_years(timezone.localdate())
        try:
            calendar, added = load_calendar(code=options['code'], years=years)
        except UnknownCalendar:
            raise CommandError(
                f'No public holidays are known for {options["code"]}. Write for example PT or US-CA.'
            ) from None
        self.stdout.write(f'{calendar.name} ({calendar.code}): {added} days added for {min(years)} to {max(years)}.')
