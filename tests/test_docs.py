"""What README and docs name is there: files, commands with their options, variables, names in the code, links."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from django.core.management import get_commands, load_command_class
from django.test import SimpleTestCase

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*(ROOT / name for name in ('README.md', 'CONTRIBUTING.md', 'CHANGELOG.md')), *(ROOT / 'docs').rglob('*.md')]
RECORDS = sorted((ROOT / 'docs' / 'adr').glob('*.md'))
OURS = ('accounts', 'playbooks', 'onboarding', 'config', 'bin', 'tests')
NEAR = ('', *OURS, 'templates', 'playbooks/text')  # a page about one folder names its files without it

FENCED = re.compile(r'^```.*?^```', re.MULTILINE | re.DOTALL)
INLINE, BLOCK = re.compile(r'`([^`\n]+)`'), re.compile(r'^ {4,}(\S.*)$', re.MULTILINE)
LINK = re.compile(r'\[[^\]]*\]\(([^)\s]+)\)')
PATH = re.compile(r'[\w.-]*(?:/[\w.-]+)*(?:/|\.(?:py|md|yaml|html|json|txt|toml|in|png))')
MANAGE = re.compile(r'manage\.py ([a-z_]+)((?: +--[a-z-]+)*)')
MAKE = re.compile(r'(?:^|\s)make ([a-z]+)\b')
MODULE = re.compile(r'python3? -m ([\w.]+)')
OPTION = re.compile(r'--[a-z][a-z-]+')
VARIABLE = re.compile(r'\b([A-Z]+(?:_[A-Z]+)+|BIND|DEBUG|PORT)(?==)')
NAME = re.compile(r'(?:(\w+)\.)?(\w*_\w+|[A-Z][a-z]+(?:[A-Z][a-z]+)+|_[A-Z]\w+)')

# How the settings (`env.text('NAME')`) and the scripts (`os.environ.get('NAME')`) read a variable.
READ = re.compile(r"""(?:env|source)\.\w+\(\s*'([A-Z_]+)'|environ(?:\.get|\.setdefault)?[(\[]['"]([A-Z_]+)['"]""")
# Of tests and checks: CONTRIBUTING.md or the place itself explains them. The last one is Django's own.
FOR_TESTS = {'RAMPBOOK_NO_SKIPS', 'RAMPBOOK_ONLY_DATABASE', 'TEST_DATABASE_URL', 'DJANGO_SETTINGS_MODULE'}


def text_of(page):
    return FENCED.sub('', page.read_text(encoding='utf-8'))


def words_in_code(page):
    """What stands between backticks on a page, and its indented lines."""
    text = text_of(page)
    return [*INLINE.findall(text), *BLOCK.findall(text)]


def named(pattern, pages=PAGES):
    """(page, what the pattern finds in its code), for messages that say where."""
    return [(page.name, found) for page in pages for code in words_in_code(page) for found in pattern.findall(code)]


@cache
def source():
    return {path: path.read_text(encoding='utf-8') for folder in OURS for path in (ROOT / folder).rglob('*.py')}


@cache
def names_in_code():
    return {name for text in source().values() for name in re.findall(r'\w+', text)}


def variables_read():
    """Every variable that the site, or what `make run` calls, reads from the environment."""
    files = [text for path, text in source().items() if 'tests' not in path.relative_to(ROOT).parts]
    return {name for text in files for pair in READ.findall(text) for name in pair if name} - FOR_TESTS


def variables_documented():
    """Those in the first column of the table in docs/operators.md."""
    rows = re.findall(r'^\| (`[A-Z].*?) \|', (ROOT / 'docs' / 'operators.md').read_text(), re.MULTILINE)
    return {name for row in rows for name in re.findall(r'`([A-Z_]+)`', row)}


def targets_of_make():
    return set(re.findall(r'^([a-z]+):', (ROOT / 'Makefile').read_text(), re.MULTILINE))


class DocsTests(SimpleTestCase):
    def test_links_lead_to_files_that_are_there(self):
        links = [
            (page, target) for page in PAGES for target in LINK.findall(BLOCK.sub('', INLINE.sub('', text_of(page))))
        ]
        inside = [(page, unquote(target.partition('#')[0])) for page, target in links if '://' not in target]

        dead = [(page.name, target) for page, target in inside if target and not (page.parent / target).exists()]

        self.assertGreater(len(inside), 8)
        self.assertEqual(dead, [])

    def test_every_page_of_the_docs_can_be_reached_from_the_readme(self):
        seen, waiting = set(), [ROOT / 'README.md']
        while waiting:
            page = waiting.pop()
            seen.add(page)
            found = [(page.parent / target.partition('#')[0]).resolve() for target in LINK.findall(text_of(page))]
            found += [inside for folder in found if folder.is_dir() for inside in folder.glob('*.md')]
            waiting += [other for other in found if other.suffix == '.md' and other.exists() and other not in seen]

        self.assertEqual(sorted(path.name for path in {*PAGES} - seen), [])

    def test_files_and_folders_that_are_named_are_there(self):
        words = [(page.name, word) for page in PAGES for word in INLINE.findall(text_of(page)) if PATH.fullmatch(word)]
        paths = [(page, word) for page, word in words if not word.startswith(('/', '.', 'var/'))]  # made by running it

        gone = [(page, word) for page, word in paths if not any((ROOT / folder / word).exists() for folder in NEAR)]

        self.assertGreater(len(paths), 50)
        self.assertEqual(gone, [])

    def test_commands_are_there_with_the_options_that_are_named(self):
        commands, wrong = get_commands(), []
        for page, (name, options) in named(MANAGE):
            if name not in commands:
                wrong.append((page, name))
                continue
            known = options_of(name)
            wrong += [(page, name, option) for option in OPTION.findall(options) if option not in known]

        self.assertEqual(wrong, [])

    def test_the_table_of_commands_has_all_of_ours_and_only_options_they_take(self):
        ours = {path.stem for app in OURS[:3] for path in (ROOT / app).glob('management/commands/[a-z]*.py')}
        rows = re.findall(
            r'^\| `([a-z_]+)[^`]*` \| (.*) \|$', (ROOT / 'docs' / 'operators.md').read_text(), re.MULTILINE
        )

        unknown = [
            (name, option) for name, words in rows for option in OPTION.findall(words) if option not in options_of(name)
        ]

        self.assertEqual({name for name, _words in rows}, ours)
        self.assertEqual(unknown, [])

    def test_commands_of_ours_say_what_they_do_and_what_each_option_means(self):
        for app in OURS[:3]:
            for path in (ROOT / app).glob('management/commands/[a-z]*.py'):
                command = load_command_class(app, path.stem)
                with self.subTest(path.stem):
                    self.assertGreater(len(command.help), 40)
                    silent = [
                        one.dest for one in command.create_parser('manage.py', path.stem)._actions if not one.help
                    ]
                    self.assertEqual(silent, [])

    def test_targets_of_make_and_modules_to_run_are_there(self):
        make = [one for one in named(MAKE) if one[1] not in targets_of_make()]
        modules = [one for one in named(MODULE) if not module_file(one[1])]

        self.assertEqual(make, [])
        self.assertEqual(modules, [])

    def test_the_table_of_variables_has_every_one_that_is_read_and_no_other(self):
        self.assertEqual(variables_documented(), variables_read())

    def test_variables_named_anywhere_are_read_by_something(self):
        known = (
            variables_read()
            | FOR_TESTS
            | set(re.findall(r'^([A-Z]+) \?=', (ROOT / 'Makefile').read_text(), re.MULTILINE))
        )

        self.assertEqual([one for one in named(VARIABLE) if one[1] not in known], [])

    def test_names_of_the_code_are_in_the_code(self):
        pages = [ROOT / 'docs' / 'contributors.md', *RECORDS]
        words = [(page.name, word) for page in pages for word in INLINE.findall(text_of(page)) if NAME.fullmatch(word)]

        gone = [(page, word) for page, word in words if not ({*word.split('.')} <= names_in_code())]

        self.assertGreater(len(words), 30)
        self.assertEqual(gone, [])

    def test_every_record_of_a_decision_has_its_parts(self):
        for number, record in enumerate(RECORDS, 1):
            with self.subTest(record.name):
                parts = re.findall(r'^## (.*)$', record.read_text(), re.MULTILINE)

                self.assertTrue(record.name.startswith(f'{number:04}-'))
                self.assertTrue(record.read_text().startswith(f'# {number}. '))
                self.assertEqual(parts[:3], ['Context', 'Decision', 'Consequences'])
                self.assertIn('In force.', record.read_text())

    def test_nothing_is_named_that_is_yet_to_come(self):
        to_come = re.compile(r'export_handbook|manage\.py (?:backup|restore)|/api/|/inbox/|/reports/')

        self.assertEqual([(page.name, found) for page in PAGES for found in to_come.findall(text_of(page))], [])


def options_of(name):
    parser = load_command_class(get_commands()[name], name).create_parser('manage.py', name)
    return {option for action in parser._actions for option in action.option_strings}


def module_file(name):
    """Whether a module that `python -m` is to run is there; those of others are taken on trust."""
    path = ROOT / name.replace('.', '/')
    return name.split('.')[0] not in OURS or path.with_suffix('.py').exists() or (path / '__main__.py').exists()
