"""Make anew what is derived from the texts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from playbooks import text as texts
from playbooks.models import Playbook, Version
from playbooks.publishing import KeysWouldChange, rebuild


class Command(BaseCommand):
    help = (
        'Renders published versions anew and refreshes links and the search index. '
        'What people have done is not touched. A version whose recorded keys would change is left alone and reported.'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument('slugs', nargs='*', metavar='slug', help='only these playbooks (default: all)')
        parser.add_argument('--current', action='store_true', help='only their current versions')

    def handle(self, *args: Any, slugs: list[str], current: bool, **options: Any) -> None:
        versions = Version.objects.select_related('playbook').order_by('playbook', 'number')
        if slugs:
            known = set(Playbook.objects.filter(slug__in=slugs).values_list('slug', flat=True))
            if unknown := sorted(set(slugs) - known):
                raise CommandError(f'There is no playbook “{unknown[0]}”.')
            versions = versions.filter(playbook__slug__in=slugs)
        if current:
            versions = versions.filter(pk__in=Playbook.objects.values('current_version'))
        seen = changed = 0
        stopped = []
        for version in versions.iterator(chunk_size=50):
            seen += 1
            try:
                changed += rebuild(version)
            except KeysWouldChange as reason:
                stopped.append(f'{version.playbook.slug} v{version.number}: other keys, {", ".join(reason.keys)}')
            except texts.Refused as reason:
                stopped.append(f'{version.playbook.slug} v{version.number}: {reason}')
        self.stdout.write(f'{seen} versions read, {changed} came out differently and were stored anew.')
        if stopped:
            raise CommandError(f'{len(stopped)} left as they were:\n' + '\n'.join(stopped))
