"""Which way imports go, and what never stands in code or templates. Source: STYLE and DESIGN, Layout."""

import ast
import re
from pathlib import Path

from django.test import SimpleTestCase

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ['accounts', 'playbooks', 'onboarding']  # each may import those before it
PURE = {'django', 'accounts', 'onboarding', 'playbooks', 'config', 'tests'}  # what the text package does without
MAY_TRANSLATE = {'django.utils.translation'}
TEMPLATES = sorted((ROOT / 'templates').rglob('*.html'))


def modules(folder):
    return sorted(path for path in (ROOT / folder).rglob('*.py') if 'migrations' not in path.parts)


def imported(path):
    """The absolute names of all modules that a file imports, also inside functions."""
    package = path.relative_to(ROOT).with_suffix('').parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            yield '.'.join([*base, *([node.module] if node.module else [])])


class LayersTests(SimpleTestCase):
    def test_imports_go_from_onboarding_to_playbooks_to_accounts_and_never_back(self):
        for place, layer in enumerate(LAYERS):
            forbidden = {*LAYERS[place + 1 :], 'config', 'tests'}
            for path in modules(layer):
                found = {name for name in imported(path) if name.split('.')[0] in forbidden}
                with self.subTest(path=str(path.relative_to(ROOT))):
                    self.assertEqual(found, set())

    def test_the_text_package_knows_no_database_no_request_and_no_settings(self):
        for path in modules('playbooks/text'):
            names = {name for name in imported(path) if name.split('.')[0] in PURE and not own(name)}
            with self.subTest(path=path.name):
                self.assertLessEqual(names, MAY_TRANSLATE)

    def test_one_place_alone_says_that_html_is_safe(self):
        found = []
        for folder in [*LAYERS, 'config']:
            for path in modules(folder):
                names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
                names |= {
                    node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)
                }
                if 'mark_safe' in names:
                    found.append(str(path.relative_to(ROOT)))

        self.assertEqual(found, ['playbooks/rendering.py'])

    def test_nothing_is_done_by_signals_of_ours_or_kept_in_a_utils_module(self):
        for folder in LAYERS:
            for path in modules(folder):
                with self.subTest(path=str(path.relative_to(ROOT))):
                    self.assertNotIn(path.stem, {'utils', 'helpers', 'common'})
                    self.assertNotIn('django.dispatch', set(imported(path)))
                    self.assertNotIn('csrf_exempt', path.read_text())


def own(name):
    return name == 'playbooks.text' or name.startswith('playbooks.text.')


class TemplatesTests(SimpleTestCase):
    def test_there_are_templates_to_look_at(self):
        self.assertGreater(len(TEMPLATES), 40)

    def test_nothing_is_called_safe_and_nothing_escapes_escaping(self):
        for path in TEMPLATES:
            with self.subTest(path=str(path.relative_to(ROOT))):
                self.assertNotRegex(path.read_text(), r'\|\s*safe\b|\|\s*safeseq\b|autoescape\s+off')

    def test_no_script_and_no_style_stands_in_a_page(self):
        for path in TEMPLATES:
            text = path.read_text()
            with self.subTest(path=str(path.relative_to(ROOT))):
                self.assertNotRegex(text, re.compile(r'<script(?![^>]*\bsrc=)|<style\b|javascript:', re.IGNORECASE))
                self.assertNotRegex(text, re.compile(r'<[^>{%]*\s(?:style|on[a-z]+|hx-on[^=\s]*)\s*=', re.IGNORECASE))

    def test_a_fragment_stands_alone_and_a_page_extends_another(self):
        for path in TEMPLATES:
            text = path.read_text()
            with self.subTest(path=str(path.relative_to(ROOT))):
                if path.name.startswith('_'):
                    self.assertNotIn('{% extends', text)
                elif '{% extends' in text:
                    self.assertTrue(text.startswith('{% extends'), 'extends stands in the first line')

    def test_every_form_that_posts_carries_its_token(self):
        for path in TEMPLATES:
            for form in re.findall(r'<form\b[^>]*method="post"[^>]*>.*?</form>', path.read_text(), re.DOTALL):
                with self.subTest(path=str(path.relative_to(ROOT)), form=form[:80]):
                    self.assertRegex(form, r'csrf_token|csrfmiddlewaretoken')
