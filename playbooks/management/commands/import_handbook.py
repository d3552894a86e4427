from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from playbooks.importing import Entry, ImportPlan, carry_out, plan_import
from playbooks.models import Area, Kind

WORDS = {
    'new': 'new',
    'changed': 'changed',
    'unchanged': 'as last time',
    'skipped': 'skipped',
    'failed': 'could not be published',
}


class Command(BaseCommand):
    help = (
        'Brings in a folder of Markdown files as playbooks, and later what changed in it. '
        'YAML front matter may say title, kind, area, tags, owner (an address), audience (groups), fields, slug.'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument('path', type=Path, help='the folder')
        parser.add_argument('--kind', default='guide', help='kind of files that name none (default: guide)')
        parser.add_argument('--area', default='process', help='area of files that name none (default: process)')
        parser.add_argument('--name', default='', help='by which a later import knows it (default: the folder’s name)')
        parser.add_argument('--dry-run', action='store_true', help='only say what would come in')

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            plan = plan_import(
                options['path'],
                kind=self._named(Kind, options['kind']),
                area=self._named(Area, options['area']),
                origin=options['name'],
            )
        except NotADirectoryError as error:
            raise CommandError(f'{options["path"]} is not a folder.') from error
        if not plan.entries:
            raise CommandError(f'There are no Markdown files in {options["path"]}.')
        if not options['dry_run']:
            self._carry_out(plan)
        self._report(plan, options['dry_run'], options['verbosity'])

    def _named(self, model: type[Kind] | type[Area], slug: str) -> Any:
        found = model.objects.filter(slug=slug).first()
        if found is None:
            known = ', '.join(model.objects.values_list('slug', flat=True)) or 'none; run manage.py starter_content'
            raise CommandError(f'There is no {model._meta.verbose_name} “{slug}”. There are: {known}.')
        return found

    def _carry_out(self, plan: ImportPlan) -> None:
        total = len(plan.of('new', 'changed'))
        for number, entry in enumerate(carry_out(plan), 1):
            self._progress(number, total, entry)
        if total and self.stderr.isatty():
            self.stderr.write('')

    def _progress(self, number: int, total: int, entry: Entry) -> None:
        """A bar where somebody watches, a line for every hundredth file where the output is kept."""
        if self.stderr.isatty():
            filled = 30 * number // total
            bar = '█' * filled + '·' * (30 - filled)
            self.stderr.write(f'\r{bar} {number} of {total}  {entry.path[-40:]:40}', ending='')
        elif number % 100 == 0 or number == total:
            self.stderr.write(f'{number} of {total}')

    def _report(self, plan: ImportPlan, is_dry_run: bool, verbosity: int) -> None:
        for entry in plan.entries:
            if entry.action == 'unchanged' and verbosity < 2:
                continue
            arrow = f' -> /playbooks/{entry.slug}/' if entry.slug and entry.action in ('new', 'changed') else ''
            self.stdout.write(f'{WORDS[entry.action]:22} {entry.path}{arrow}')
            for remark in entry.remarks:
                self.stdout.write(f'{"":22}   {remark}')
        counts = ', '.join(f'{len(found)} {words}' for name, words in WORDS.items() if (found := plan.of(name)))
        self.stdout.write(f'{"Would be: " if is_dry_run else ""}{counts}.')
