import re

from django.test import TestCase
from django.urls import reverse

from playbooks import comparing
from playbooks.models import Acknowledgement, Kind, Rendering, Version
from tests.factories import make_playbook, make_user, publish_text

ONE = """\
Call twenty customers.

## Steps

- [ ] Write the promise {#promise}
- [ ] Circulate the brief {#brief}

## After

Nothing here changes.

Nor here.

Nor here either.
"""
TWO = ONE.replace('twenty', 'five').replace('- [ ] Circulate the brief {#brief}\n', '').replace('Write', 'Agree on')


class CompareTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader = make_user()
        cls.playbook = make_playbook('launch', kind='launch-checklist')
        publish_text(cls.playbook, ONE, note='The beginning.')
        publish_text(cls.playbook, TWO, note='Dropped the brief.', fields={'tier': '1'})
        publish_text(cls.playbook, TWO + '\nOne more line.\n', note='A line more.')

    def setUp(self):
        comparing.PARTS.clear()
        comparing.OPTIONS.clear()
        self.client.force_login(self.reader)

    def get(self, old, new, **query):
        return self.client.get(reverse('playbooks:compare', args=['launch', old, new]), query)

    def test_says_in_words_first_then_shows_by_words(self):
        response = self.get(1, 2)

        self.assertContains(response, 'What changed, v1 to v2')
        self.assertContains(response, '2 passages changed. 3 words added, 5 removed. Items: 1 removed, 1 reworded.')
        self.assertContains(response, '<del>twenty</del> <ins>five</ins>')
        self.assertContains(response, 'class="hunk chg" id="c1"')

    def test_names_what_happened_to_steps(self):
        response = self.get(1, 2)

        self.assertContains(response, '<b>Circulate the brief</b>: removed')
        self.assertContains(response, '<b>Agree on the promise</b>: reworded (was: “Write the promise”)')

    def test_folds_what_is_the_same(self):
        self.assertContains(self.get(1, 2), '<details class="fold"><summary>')

    def test_shows_the_notes_of_the_versions_between_and_no_others(self):
        response = self.get(2, 3)

        self.assertContains(response, 'A line more.')
        self.assertContains(response, 'Dropped the brief.')
        self.assertNotContains(response, 'The beginning.')

    def test_compares_the_fields_beside_the_text_and_counts_steps(self):
        Kind.objects.filter(slug='launch-checklist').update(fields=[{'name': 'tier', 'label': 'Tier'}])

        response = self.get(1, 2)

        rows = re.findall(
            r'<th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td>', response.content.decode(), re.DOTALL
        )
        shown = [[re.sub(r'<[^>]+>', '', cell).strip() for cell in row] for row in rows]
        self.assertEqual(shown, [['Tier', '', '1'], ['Steps', '2', '1'], ['Read', '1 min', '1 min']])

    def test_says_when_one_read_the_older_one_and_offers_to_have_read_the_current_one(self):
        Acknowledgement.objects.create(playbook=self.playbook, person=self.reader, number=1)

        response = self.get(1, 3)

        self.assertContains(response, '2 releases since you read it on')
        self.assertContains(response, 'I have read v3')
        self.assertNotContains(self.get(1, 2), 'I have read v2')

    def test_the_markdown_can_be_compared_line_by_line(self):
        response = self.get(1, 2, layout='markdown')

        self.assertContains(response, '<del>- [ ] Circulate the brief {#brief}</del>')
        self.assertContains(response, '<ins>Call five customers.</ins>')
        self.assertNotContains(response, 'class="hunk')

    def test_an_odd_layout_is_the_usual_one(self):
        self.assertContains(self.get(1, 2, layout='sideways'), 'class="hunk chg"')

    def test_the_older_one_comes_first(self):
        self.assertRedirects(self.get(3, 1), '/playbooks/launch/compare/1/3/')

    def test_one_and_the_same_version_leaves_nothing_to_compare(self):
        response = self.get(2, 2)

        self.assertContains(response, 'There is nothing to compare')
        self.assertNotContains(response, 'class="hunk')

    def test_numbers_that_are_not_there_are_not_found(self):
        for old, new in ((0, 1), (1, 4), (1, 10**25)):
            with self.subTest(new=new):
                self.assertEqual(self.get(old, new).status_code, 404)

    def test_choosing_two_versions_leads_to_their_address(self):
        url = reverse('playbooks:compare_choose', args=['launch'])

        self.assertRedirects(self.client.get(url, {'old': 1, 'new': 3}), '/playbooks/launch/compare/1/3/')
        for query in ({}, {'old': 'x', 'new': 3}, {'old': 1}):
            self.assertRedirects(self.client.get(url, query), '/playbooks/launch/history/')

    def test_side_by_side_each_side_shows_its_own_words_level_with_the_other(self):
        response = self.get(1, 2, layout='sides')

        self.assertContains(response, '<span class="vh">v1</span><p>Call <del>twenty</del> customers.</p>', html=True)
        self.assertContains(response, '<span class="vh">v2</span><p>Call <ins>five</ins> customers.</p>', html=True)

    def test_the_markdown_stands_side_by_side_too_with_the_numbers_of_its_lines(self):
        response = self.get(1, 2, layout='markdown-sides')

        self.assertContains(
            response,
            '<td>1</td><td>Call <del>twenty</del> customers.</td><td>1</td><td>Call <ins>five</ins> customers.</td>',
        )

    def test_every_layout_names_the_same_changes_to_go_to(self):
        for layout in ('rendered', 'sides', 'markdown', 'markdown-sides'):
            with self.subTest(layout):
                page = self.get(1, 2, layout=layout).content.decode()
                places = re.findall(r'id="(c\d+)" tabindex="-1"', page)

                self.assertEqual(places, ['c1', 'c2', 'c3'][: len(places)])
                self.assertIn(f'>{len(places)} changes</span>', page)
                self.assertIn('href="#c1" aria-label="Next change"', page)

    def test_without_a_script_each_change_says_its_place_and_leads_to_those_beside_it(self):
        response = self.get(1, 2)

        self.assertContains(response, '<p class="nth">1 of 2 <a href="#c2">Previous</a> <a href="#c2">Next</a></p>')
        self.assertContains(self.get(2, 3), '<p class="nth">1 of 1</p>')

    def test_the_layout_stays_when_other_versions_are_chosen(self):
        url = reverse('playbooks:compare_choose', args=['launch'])

        chosen = self.client.get(url, {'old': 1, 'new': 3, 'layout': 'sides'})

        self.assertRedirects(chosen, '/playbooks/launch/compare/1/3/?layout=sides')
        self.assertContains(self.get(1, 2, layout='sides'), '<input type="hidden" name="layout" value="sides">')

    def test_a_version_that_is_not_rendered_yet_is_read_anew(self):
        Rendering.objects.all().delete()

        self.assertContains(self.get(1, 2), '<del>twenty</del> <ins>five</ins>')
        self.assertFalse(Rendering.objects.exists())

    def test_texts_that_cannot_be_shown_as_pages_are_compared_as_markdown(self):
        too_long = {'text': 'x\n' * 150_000, 'weight': 'editorial'}
        Version.objects.create(playbook=self.playbook, number=4, title='Launch', **too_long)

        response = self.get(2, 4)

        self.assertContains(response, 'This text has 300 kB')
        self.assertContains(response, '<ins>x</ins>')

    def test_is_worked_out_once_and_costs_the_same_with_many_versions(self):
        self.get(2, 3)
        with self.assertNumQueries(7):
            first = self.get(1, 2)
        with self.assertNumQueries(5):
            again = self.get(1, 2)
        for number in range(4, 8):
            publish_text(self.playbook, f'{number}\n', author=make_user())
        with self.assertNumQueries(8):
            self.get(1, 2)
        with self.assertNumQueries(5):
            self.get(1, 2)

        self.assertEqual(first.context['part'], again.context['part'])

    def test_what_is_kept_of_one_reader_says_nothing_about_another(self):
        Acknowledgement.objects.create(playbook=self.playbook, person=self.reader, number=1)
        self.assertContains(self.get(1, 3), 'since you read it')

        self.client.force_login(make_user())

        self.assertNotContains(self.get(1, 3), 'you read it')

    def test_what_is_not_shared_cannot_be_compared(self):
        make_playbook('pay-bands', versions=2, audience=('Leads',))

        for name, args in (('compare', ['pay-bands', 1, 2]), ('compare_choose', ['pay-bands'])):
            self.assertEqual(self.client.get(reverse(f'playbooks:{name}', args=args)).status_code, 404)
