"""The starter content reads without a problem and holds together: links, kinds, roles, keys, fields."""

import datetime as dt
import re
from pathlib import Path

import yaml
from django.test import SimpleTestCase

from playbooks.text import front_matter, normalize, read

FOLDER = Path(__file__).parents[2] / 'playbooks' / 'starter_content'
ADDRESS = re.compile(r'[a-z0-9]+(?:-[a-z0-9]+)*')
ENROLLMENT_ROLES = {'', 'manager', 'buddy'}
HOUSE_ROLES = {
    'content',
    'data-analyst',
    'engineering-lead',
    'facilitator',
    'legal',
    'manager',
    'marketing',
    'note-taker',
    'product-lead',
    'product-manager',
    'release-captain',
    'security',
    'support-lead',
}
KINDS_OF_THE_DESIGN = {
    'launch-checklist',
    'ritual',
    'planning-format',
    'review-cadence',
    'guide',
    'research-summary',
    'decision-record',
    'tool-evaluation',
    'metric-definition',
    'onboarding-track',
    'term',
}
KIND_KEYS = {
    'slug',
    'name',
    'plural',
    'position',
    'area',
    'run_noun',
    'run_plural',
    'anchor_noun',
    'approval',
    'members_may_publish_first',
    'runs_on_publish',
    'review_every_days',
    'is_track',
    'fields',
    'template',
}


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_date(value):
    try:
        return isinstance(value, str) and bool(dt.date.fromisoformat(value))
    except ValueError:
        return False


FIELD_TYPES = {
    'text': lambda value, field: isinstance(value, str),
    'url': lambda value, field: isinstance(value, str) and value.startswith('https://'),
    'number': lambda value, field: is_number(value),
    'date': lambda value, field: is_date(value),
    'choice': lambda value, field: value in field['choices'],
    'playbook': lambda value, field: bool(ADDRESS.fullmatch(value)),
}


class StarterTextsTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.areas = yaml.safe_load((FOLDER / 'areas.yaml').read_text(encoding='utf-8'))
        cls.kinds = {kind['slug']: kind for kind in yaml.safe_load((FOLDER / 'kinds.yaml').read_text(encoding='utf-8'))}
        cls.matter, cls.documents = {}, {}
        for path in sorted(FOLDER.glob('*.md')):
            cls.matter[path.stem], body, _ = front_matter(normalize(path.read_text(encoding='utf-8')))
            cls.documents[path.stem] = read(body, title=cls.matter[path.stem].get('title', ''))

    def each(self):
        """Slug, front matter and document of every file."""
        return [(slug, self.matter[slug], document) for slug, document in self.documents.items()]

    def test_every_text_reads_without_errors_or_warnings(self):
        for slug, _matter, document in self.each():
            with self.subTest(slug):
                self.assertEqual(document.problems, [])

    def test_every_column_of_a_table_has_a_heading(self):
        for slug, _matter, document in self.each():
            with self.subTest(slug):
                self.assertNotRegex(document.html, r'<th[^>]*>\s*</th>')

    def test_front_matter_says_everything_a_playbook_needs_and_nothing_unknown(self):
        areas = {area['slug'] for area in self.areas}
        for slug, matter, _document in self.each():
            with self.subTest(slug):
                needed = {'title', 'slug', 'kind', 'area', 'tags', 'review_every_days'}
                self.assertEqual(needed - matter.keys(), set())
                self.assertEqual(matter.keys() - needed, matter.keys() & {'fields', 'companions'})
                self.assertEqual(matter['slug'], slug)
                self.assertTrue(ADDRESS.fullmatch(slug))
                self.assertIn(matter['kind'], self.kinds)
                self.assertIn(matter['area'], areas)
                self.assertTrue(matter['tags'] and all(ADDRESS.fullmatch(tag) for tag in matter['tags']))
                self.assertGreater(matter['review_every_days'], 0)

    def test_titles_are_told_apart(self):
        titles = [matter['title'] for matter in self.matter.values()]

        self.assertEqual(len(titles), len(set(titles)))

    def test_fields_are_those_of_the_kind_with_values_it_takes(self):
        for slug, matter, _document in self.each():
            with self.subTest(slug):
                fields = {field['name']: field for field in self.kinds[matter['kind']]['fields']}
                given = matter.get('fields', {})
                required = {name for name, field in fields.items() if field['required']}
                self.assertEqual(given.keys() - fields.keys(), set())
                self.assertEqual(required - given.keys(), set())
                for name, value in given.items():
                    self.assertTrue(FIELD_TYPES[fields[name]['type']](value, fields[name]), f'{name}: {value!r}')

    def test_every_playbook_link_leads_to_a_document_and_an_item_of_the_set(self):
        for slug, _matter, document in self.each():
            with self.subTest(slug):
                for link in document.links:
                    self.assertIn(link.slug or slug, self.documents, f'line {link.line}')
                    if link.item is not None:
                        keys = {item.key for item in self.documents[link.slug or slug].items}
                        self.assertIn(link.item, keys, f'line {link.line}')

    def test_every_document_can_be_reached_from_the_track(self):
        reached, ahead = set(), ['new-product-manager-first-90-days']
        while ahead:
            slug = ahead.pop()
            if slug not in reached:
                reached.add(slug)
                ahead += [link.slug for link in self.documents[slug].links if link.slug]
                ahead += [companion['playbook'] for companion in self.matter[slug].get('companions', [])]

        terms = {slug for slug, matter, _document in self.each() if matter['kind'] == 'term'}
        self.assertEqual(set(self.documents) - reached, terms)

    def test_every_term_is_mentioned_in_a_text_that_is_none(self):
        texts = ' '.join(
            document.plain.casefold() for _slug, matter, document in self.each() if matter['kind'] != 'term'
        )
        for slug, matter, _document in self.each():
            if matter['kind'] == 'term':
                with self.subTest(slug):
                    self.assertRegex(texts, rf'\b{matter["title"].casefold()}\b')

    def test_companions_are_documents_of_the_set_for_a_role_of_an_enrollment(self):
        companions = [pair for matter in self.matter.values() for pair in matter.get('companions', [])]

        self.assertEqual(companions, [{'playbook': 'buddy-checklist', 'role': 'buddy'}])
        self.assertIn('buddy-checklist', self.documents)

    def test_every_kind_and_every_area_is_used(self):
        self.assertEqual({matter['kind'] for matter in self.matter.values()}, set(self.kinds))
        self.assertEqual({matter['area'] for matter in self.matter.values()}, {area['slug'] for area in self.areas})

    def test_every_document_has_at_least_250_words_and_a_term_enough_to_be_told_from_another(self):
        for slug, matter, document in self.each():
            with self.subTest(slug):
                self.assertGreaterEqual(document.words, 50 if matter['kind'] == 'term' else 250)

    def test_every_item_is_pinned(self):
        for slug, _matter, document in self.each():
            with self.subTest(slug):
                self.assertEqual([item.text for item in document.items if not item.pinned], [])

    def test_read_items_and_only_they_link_what_is_to_be_read(self):
        for slug, _matter, document in self.each():
            with self.subTest(slug):
                for item in document.items:
                    self.assertEqual(item.kind == 'read', item.reads is not None, item.key)

    def test_every_item_has_a_day(self):
        for slug, _matter, document in self.each():
            with self.subTest(slug):
                self.assertEqual([item.key for item in document.items if not item.due], [])

    def test_no_item_is_due_before_one_it_opens_after(self):
        for slug, _matter, document in self.each():
            with self.subTest(slug):
                days = {item.key: calendar_days(item.due) for item in document.items}
                late = [(item.key, key) for item in document.items for key in item.after if days[key] > days[item.key]]
                self.assertEqual(late, [])

    def test_roles_are_those_of_the_house_and_each_is_told_apart_from_who_signs(self):
        for slug, matter, document in self.each():
            with self.subTest(slug):
                track = self.kinds[matter['kind']]['is_track']
                allowed = ENROLLMENT_ROLES if track else HOUSE_ROLES | {''}
                for item in document.items:
                    self.assertIn(item.role, allowed, item.key)
                    self.assertIn(item.signoff, allowed, item.key)
                    self.assertFalse(item.signoff and item.signoff == item.role, item.key)

    def test_a_launch_says_in_words_what_each_role_holds(self):
        for slug, matter, document in self.each():
            with self.subTest(slug):
                if matter['kind'] == 'launch-checklist':
                    roles = {item.role for item in document.items} | {item.signoff for item in document.items}
                    table = document.plain.lower()
                    self.assertEqual([role for role in roles if role.replace('-', ' ') not in table], [])

    def test_a_second_tier_costs_less_than_half_of_the_first(self):
        first, second = (self.documents[f'launch-checklist-tier-{tier}'].items for tier in (1, 2))

        self.assertLess(2 * len(second), len(first))

    def test_the_texts_keep_to_the_house_tone(self):
        for slug, matter, document in self.each():
            with self.subTest(slug):
                self.assertNotRegex(matter['title'], '!')
                self.assertNotRegex(document.plain, r'!(?:\s|$)')


class StarterTrackTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        text = (FOLDER / 'new-product-manager-first-90-days.md').read_text(encoding='utf-8')
        cls.matter, body, _ = front_matter(normalize(text))
        cls.track = read(body, title=cls.matter['title'])

    def test_thirty_to_forty_items_in_four_phases(self):
        phases = {item.phase for item in self.track.items}
        names = [section.text for section in self.track.sections if section.position in phases]

        self.assertTrue(30 <= len(self.track.items) <= 40)
        self.assertNotIn(None, phases)
        self.assertEqual(
            [name.partition(':')[0] for name in names], ['Week 1', 'First 30 days', 'First 60 days', 'First 90 days']
        )

    def test_all_kinds_of_items_are_there(self):
        self.assertEqual({item.kind for item in self.track.items}, {'do', 'read', 'meet', 'attend', 'submit'})

    def test_what_is_signed_or_handed_in_says_what_is_accepted(self):
        for item in self.track.items:
            if item.signoff:
                self.assertRegex(item.detail_html, 'Accepted when', item.key)
            if item.kind == 'submit':
                self.assertTrue(item.signoff, item.key)

    def test_milestones_are_judged_by_the_manager_one_or_more_after_week_one(self):
        phases = {item.phase for item in self.track.items if item.milestone}

        self.assertEqual({item.signoff for item in self.track.items if item.milestone}, {'manager'})
        self.assertEqual(len(phases), 3)

    def test_manager_and_buddy_have_items_of_their_own_and_some_are_optional(self):
        self.assertEqual({item.role for item in self.track.items}, {'', 'manager', 'buddy'})
        self.assertTrue(2 <= sum(item.optional for item in self.track.items) <= 5)

    def test_days_run_from_the_first_to_the_sixty_fifth_working_day_by_phase(self):
        days = [(item.phase, int(item.due.removesuffix('wd'))) for item in self.track.items]
        ends = [max(day for phase, day in days if phase == one) for one in sorted({phase for phase, _ in days})]

        self.assertEqual(min(day for _, day in days), 1)
        self.assertEqual(ends, [5, 22, 43, 65])
        for phase, end in zip(sorted({phase for phase, _ in days})[1:], ends, strict=False):
            self.assertGreater(min(day for one, day in days if one == phase), end)

    def test_the_buddy_starts_before_the_first_day(self):
        _, body, _ = front_matter(normalize((FOLDER / 'buddy-checklist.md').read_text(encoding='utf-8')))
        days = [item.due for item in read(body).items]

        self.assertGreaterEqual(sum(day.startswith('-') for day in days), 3)


class StarterKindsTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.areas = yaml.safe_load((FOLDER / 'areas.yaml').read_text(encoding='utf-8'))
        cls.kinds = yaml.safe_load((FOLDER / 'kinds.yaml').read_text(encoding='utf-8'))

    def test_the_five_areas_in_order(self):
        self.assertEqual(
            [(area['position'], area['slug']) for area in self.areas],
            [(1, 'research'), (2, 'process'), (3, 'tooling'), (4, 'metrics'), (5, 'enablement')],
        )

    def test_the_kinds_of_the_design_each_with_everything_it_carries(self):
        self.assertEqual({kind['slug'] for kind in self.kinds}, KINDS_OF_THE_DESIGN)
        self.assertEqual([kind['position'] for kind in self.kinds], list(range(1, 12)))
        for kind in self.kinds:
            with self.subTest(kind['slug']):
                self.assertEqual(set(kind), KIND_KEYS)
                self.assertIn(kind['area'], {area['slug'] for area in self.areas})
                self.assertEqual(kind['approval'], 'none')

    def test_rules_of_publishing(self):
        first = {kind['slug'] for kind in self.kinds if kind['members_may_publish_first']}
        moving = {kind['slug'] for kind in self.kinds if kind['runs_on_publish'] == 'move_all'}
        tracks = {kind['slug'] for kind in self.kinds if kind['is_track']}

        self.assertEqual(first, {'decision-record', 'research-summary'})
        self.assertEqual(moving, {'onboarding-track'})
        self.assertEqual(tracks, {'onboarding-track'})
        self.assertEqual({kind['runs_on_publish'] for kind in self.kinds}, {'move_all', 'owner_choice'})

    def test_fields_are_well_formed_and_a_choice_has_choices(self):
        for kind in self.kinds:
            for field in kind['fields']:
                with self.subTest(f'{kind["slug"]}: {field["name"]}'):
                    more = {'choices', 'help', 'remind_days'}
                    self.assertEqual(set(field) - more, {'name', 'label', 'type', 'required'})
                    self.assertTrue('remind_days' not in field or field['type'] == 'date')
                    self.assertIn(field['type'], FIELD_TYPES)
                    self.assertEqual(field['type'] == 'choice', len(field.get('choices', [])) > 1)

    def test_the_kinds_that_are_looked_after_ask_for_what_one_looks_for(self):
        asked = {kind['slug']: {field['name']: field['type'] for field in kind['fields']} for kind in self.kinds}
        looked_for = {
            'decision-record': {'status': 'choice', 'superseded_by': 'playbook'},
            'tool-evaluation': {'status': 'choice', 'cost_per_year': 'number', 'renewal_on': 'date'},
            'metric-definition': {'formula': 'text', 'source': 'text'},
            'research-summary': {'question': 'text', 'method': 'choice', 'finished_on': 'date'},
        }

        for slug, fields in looked_for.items():
            self.assertEqual(asked[slug] | fields, asked[slug])

    def test_templates_read_without_a_problem_and_their_items_are_pinned(self):
        for kind in self.kinds:
            with self.subTest(kind['slug']):
                document = read(normalize(kind['template']), title='New')
                self.assertEqual(document.problems, [])
                self.assertTrue(document.sections)
                self.assertEqual([item.text for item in document.items if not item.pinned], [])


class StarterFiguresTests(SimpleTestCase):
    """Somebody will work through the examples with a calculator; they add up."""

    def test_the_worked_scores_follow_from_the_formula_and_stand_in_their_order(self):
        rows = table_rows('prioritization-ritual', columns=7)
        scores = []
        for _name, reach, impact, confidence, effort, score, order in rows:
            scores.append(figure(score))
            value = figure(reach) * figure(impact) * figure(confidence) / 100 / figure(effort)
            self.assertAlmostEqual(value, figure(score), msg=_name)
            self.assertEqual(figure(order), len(scores))

        self.assertEqual(len(scores), 6)
        self.assertEqual(scores, sorted(scores, reverse=True))

    def test_what_lies_above_the_line_is_what_the_weeks_allow(self):
        efforts = [figure(row[4]) for row in table_rows('prioritization-ritual', columns=7)]

        self.assertEqual(sum(efforts[:4]), 16)

    def test_the_tools_weighted_sums_follow_from_their_scores(self):
        *rows, total = [row for row in table_rows('tool-evaluation', columns=5) if figure(row[1]) <= 100]
        weights = [figure(row[1]) for row in rows]

        self.assertEqual(sum(weights), figure(total[1]))
        for column in (2, 3, 4):
            scores = [figure(row[column]) for row in rows]
            weighted = sum(weight * score for weight, score in zip(weights, scores, strict=True))
            self.assertEqual(weighted, figure(total[column]))

    def test_the_shares_of_the_research_follow_from_its_counts(self):
        rows = table_rows('research-summary-example', columns=3)
        pairs = []
        for _group, accounts, published in rows:
            count, share = re.fullmatch(r'(\d+) \((\d+)%\)', published).groups()
            pairs.append((figure(accounts), int(count)))
            self.assertEqual(round(100 * int(count) / figure(accounts)), int(share))

        self.assertEqual((pairs[0][0] + pairs[1][0], pairs[0][1] + pairs[1][1]), pairs[2])


def table_rows(slug, *, columns):
    """Cells of the rows with this many columns whose second cell is a figure."""
    text = (FOLDER / f'{slug}.md').read_text(encoding='utf-8').replace('**', '')
    rows = ([cell.strip() for cell in line.strip('|').split('|')] for line in text.splitlines() if line.startswith('|'))
    return [row for row in rows if len(row) == columns and row[1][:1].isdigit()]


def figure(cell):
    """The number in a cell: '1,200' is 1200, '80%' is 80."""
    return float(cell.replace(',', '').rstrip('%'))


def calendar_days(due):
    """Days from the anchor, working days counted as seven for five: only to compare two dates roughly."""
    number, unit = re.fullmatch(r'([+-]\d+)(wd|d|w)', due).groups()
    return int(number) * {'wd': 7 / 5, 'd': 1, 'w': 7}[unit]
