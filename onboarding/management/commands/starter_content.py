"""Loads what a new site begins with."""

import argparse
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.days_off import USUAL, load_calendar, usual_years
from playbooks.starter import load_starter_content

from ...sample import CONTENT_AGE, HasRealAccounts, add_sample_people, check_no_real_accounts


class Command(BaseCommand):
    help = (
        'Load areas, types, playbooks, a 90-day track and public holidays. What the site has already stays as it is, '
        'so the command can be run again.'
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            '--demo-people',
            action='store_true',
            help='also add sample people with onboardings in every state, to look around; their password comes from '
            'DEMO_PASSWORD (default: rampbook-demo). Refused on a site that has real accounts.',
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        demo = options['demo_people']
        if demo:
            self._refuse_on_a_real_site()
        days = sum(load_calendar(code=code, years=usual_years(now.date()))[1] for code in USUAL)
        loaded = load_starter_content(now=now - CONTENT_AGE if demo else None)
        self.stdout.write(
            f'Added {len(loaded.areas)} areas, {len(loaded.kinds)} types, {len(loaded.playbooks)} playbooks '
            f'and {days} public holidays of {len(USUAL)} calendars.'
        )
        if demo:
            people = add_sample_people(password=os.environ.get('DEMO_PASSWORD') or 'rampbook-demo', now=now)
            self.stdout.write(f'Added {people} sample people.' if people else 'The sample people are here already.')

    def _refuse_on_a_real_site(self) -> None:
        try:
            check_no_real_accounts()
        except HasRealAccounts:
            raise CommandError('This site has real accounts, so no sample people are added.') from None
