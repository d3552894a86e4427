"""Check that what is stored still adds up."""

from typing import Any

from django.core.management.base import BaseCommand

from playbooks.integrity import check_all


class Command(BaseCommand):
    help = (
        'Checks that every run is what its ledger says, versions are numbered without gaps, and the database refuses '
        'to alter them. Prints what does not add up and then ends with 1. Changes nothing.'
    )

    def handle(self, *args: Any, **options: Any) -> None:
        findings = check_all(self.show_progress)
        for finding in findings:
            self.stdout.write(str(finding))
        if findings:
            self.stderr.write(f'{len(findings)} things do not add up.')
            raise SystemExit(1)
        self.stdout.write('Everything adds up.')

    def show_progress(self, done: int, of: int) -> None:
        """Say how far it is, on a terminal only."""
        if self.stderr.isatty():
            self.stderr.write(f'\r{done} of {of} runs', ending='\n' if done == of else '')
