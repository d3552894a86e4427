"""Terms explain themselves at their first mention, to those who may read them, and cost a page little."""

import re
import time

from django.test import TestCase
from django.urls import reverse
from django.utils.text import slugify

from playbooks.models import Playbook
from playbooks.terms import _explain, _read, explained
from tests.factories import make_editor, make_playbook, make_user, publish_text


def make_term(title, text='It is so. And more.', **fields):
    term = make_playbook(f'term-{slugify(title)}', kind='term', **fields)
    publish_text(term, text, title=title)
    return term


def linked(html):
    """The words that are explained, each with the term it leads to and the sentence."""
    found = re.findall(
        r'<a class="term" href="/playbooks/([\w-]+)/" aria-describedby="(term-\d+)">([^<]*)</a>'
        r'<span class="tip" role="tooltip" id="(term-\d+)">([^<]*)</span>',
        html,
    )
    assert all(described == own for _slug, described, _words, own, _sentence in found)
    return [(words, slug, sentence) for slug, _described, words, _own, sentence in found]


class TermsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader = make_user()
        make_term('Guardrail', 'A figure that must not get worse. It is no goal.')
        make_term('Working day', 'A day that is no weekend.')

    def show(self, text, *, who=None, slug='launch'):
        playbook = (
            make_playbook(slug) if not Playbook.objects.filter(slug=slug).exists() else Playbook.objects.get(slug=slug)
        )
        publish_text(playbook, text)
        self.client.force_login(who or self.reader)
        return self.client.get(reverse('playbooks:playbook', args=[slug])).content.decode()

    def test_the_first_mention_links_to_the_term_with_its_first_sentence(self):
        html = self.show('A guardrail, and another Guardrail, on a\nworking day.\n')

        self.assertEqual(
            linked(html),
            [
                ('guardrail', 'term-guardrail', 'A figure that must not get worse.'),
                ('working day', 'term-working-day', 'A day that is no weekend.'),
            ],
        )
        self.assertIn('and another Guardrail, on', html)

    def test_a_term_is_explained_in_a_task_too(self):
        self.assertEqual(linked(self.show('- [ ] Write the guardrail down'))[0][0], 'guardrail')

    def test_code_links_headings_tables_and_parts_of_words_are_left_alone(self):
        html = self.show(
            '# Guardrail\n\n## The guardrail\n\n`guardrail` [guardrail](/x) [[Guardrail]]\n\n    guardrail\n\n'
            'guardrails unguardrail guardrail_x\n\n| guardrail |\n|-|\n| guardrail |\n\n```\nguardrail\n```\n'
        )

        self.assertEqual(linked(html), [])

    def test_what_we_add_to_a_task_is_no_mention(self):
        make_term('Buddy')

        self.assertEqual(linked(self.show('- [ ] Meet {role=buddy due=+1wd}')), [])

    def test_a_term_does_not_explain_itself_but_explains_others(self):
        term = make_term('Figure')
        publish_text(term, 'A figure is a number, as a guardrail.', title='Figure')

        html = self.show('A figure is a number, as a guardrail.', slug='term-figure')

        self.assertEqual([slug for _words, slug, _sentence in linked(html)], ['term-guardrail'])

    def test_only_terms_that_one_may_read_and_that_are_in_use(self):
        make_term('Pay band', audience=('Leads',))
        make_term('Old word', archived_at='2026-01-01T00:00:00Z', archived_by=self.reader)
        make_playbook('term-idea', kind='term')
        text = 'A pay band, an old word, a term-idea.'

        self.assertEqual(linked(self.show(text)), [])
        self.assertEqual([words for words, *_rest in linked(self.show(text, who=make_editor()))], ['pay band'])

    def test_the_longest_term_wins_and_markup_in_titles_and_sentences_is_text(self):
        make_term('Working day of R&D <b>', 'Say "\\<script>" & so.')

        html = self.show('On a working day of R&D <b>, and a working day.\n'.replace('<b>', '\\<b>'))

        self.assertEqual(
            [(words, sentence) for words, _slug, sentence in linked(html)],
            [
                ('working day of R&amp;D &lt;b&gt;', 'Say &quot;&lt;script&gt;&quot; &amp; so.'),
                ('working day', 'A day that is no weekend.'),
            ],
        )
        self.assertNotIn('<script>"', html)

    def test_a_renamed_term_is_explained_by_its_new_title_at_once(self):
        self.assertEqual(len(linked(self.show('A guardrail and a limit.'))), 1)
        publish_text(Playbook.objects.get(slug='term-guardrail'), 'How far we go.', title='Limit')

        self.assertEqual(linked(self.show('A guardrail and a limit.')), [('limit', 'term-guardrail', 'How far we go.')])

    def test_a_version_explains_terms_too(self):
        self.show('A guardrail.')

        page = self.client.get(reverse('playbooks:version', args=['launch', 1])).content.decode()

        self.assertEqual(len(linked(page)), 1)

    def test_asking_takes_one_query_however_many_terms_there_are(self):
        explained(self.reader, '<p>A guardrail</p>', slug='x')
        with self.assertNumQueries(1):
            explained(self.reader, '<p>A guardrail</p>', slug='x')
        for number in range(3):
            make_term(f'Word {number}')
        explained(self.reader, '<p>A guardrail</p>', slug='x')
        with self.assertNumQueries(1):
            explained(self.reader, '<p>Another guardrail</p>', slug='x')


class CostTests(TestCase):
    def test_time_grows_with_the_text_and_not_with_the_terms(self):
        terms = [(_read(f'Term {number} of many', 'So.'), f'term-{number}') for number in range(1000)]
        page = '<p>Some words of a text that mentions <b>term</b> after term &amp; nothing else.</p>' * 1000

        def cost(html):
            start = time.thread_time()
            _explain(html, list(terms))
            return time.thread_time() - start

        small, large = min(cost(page) for _ in range(3)), min(cost(page * 5) for _ in range(3))

        self.assertLess(large, 12 * small)
