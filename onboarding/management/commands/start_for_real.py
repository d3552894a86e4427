"""Starts for real, as the page of the same name does."""

import argparse
import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...real_start import NoSampleSite, count_sample, may_start_for_real, start_for_real
from ...starting_forms import StartForRealForm


class Command(BaseCommand):
    help = (
        'Make the first administrator, name the company, and remove the sample people and their runs. '
        'Playbooks stay, with all their versions.'
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('--email', required=True, help='the administrator signs in with it')
        parser.add_argument('--name', required=True, help='what the administrator is called')
        parser.add_argument('--company', required=True, help='the company’s name, shown on every page')
        parser.add_argument('--password', help='asked for when it is left out')

    def handle(self, *args: Any, **options: Any) -> None:
        if not may_start_for_real():
            raise CommandError('This site is in real use already; nothing was changed.')
        password = options['password'] or getpass.getpass('Password for the administrator: ')
        form = StartForRealForm(
            {'company': options['company'], 'name': options['name'], 'email': options['email'], 'password': password}
        )
        if not form.is_valid():
            raise CommandError(
                '\n'.join(f'{field}: {error}' for field, errors in form.errors.items() for error in errors)
            )
        sample = count_sample()
        try:
            admin = start_for_real(**form.cleaned_data)
        except NoSampleSite as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f'Removed {sample.people} sample people and {sample.runs} runs of theirs.')
        self.stdout.write(
            f'Kept {sample.playbooks} playbooks. {admin.email} is the administrator of {options["company"]}.'
        )
