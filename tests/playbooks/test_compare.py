from django.test import SimpleTestCase, TestCase
from django.urls import reverse

from playbooks import comparing
from playbooks.models import Acknowledgement, Kind
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
        self.client.force_login(self.reader)

    def get(self, old, new, **query):
        return self.client.get(reverse('playbooks:compare', args=['launch', old, new]), query)

    def test_says_in_words_first_then_shows_by_words(self):
        response = self.get(1, 2)

        self.assertContains(response, 'What changed, v1 to v2')
        self.assertContains(response, ' '.join(response.context['compared'].comparison.summary))
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

        facts = self.get(1, 2).context['compared'].facts

        shown = [(label, str(before), str(after)) for label, before, after in facts]
        self.assertEqual(shown, [('Tier', '', '1'), ('Steps', '2', '1'), ('Read', '1 min', '1 min')])

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

    def test_is_worked_out_once_and_costs_the_same_with_many_versions(self):
        first = self.get(1, 2)
        with self.assertNumQueries(6):
            again = self.get(1, 2)
        for number in range(4, 8):
            publish_text(self.playbook, f'{number}\n', author=make_user())
        with self.assertNumQueries(6):
            self.get(1, 2)

        self.assertEqual(first.context['compared'], again.context['compared'])

    def test_what_is_not_shared_cannot_be_compared(self):
        make_playbook('pay-bands', versions=2, audience=('Leads',))

        for name, args in (('compare', ['pay-bands', 1, 2]), ('compare_choose', ['pay-bands'])):
            self.assertEqual(self.client.get(reverse(f'playbooks:{name}', args=args)).status_code, 404)


class LinesTests(SimpleTestCase):
    def test_keeps_three_lines_around_a_change_and_folds_the_rest(self):
        old = [f'line {number}' for number in range(20)]
        new = [*old[:10], 'another', *old[11:]]

        found = comparing.lines('\n'.join(old), '\n'.join(new))

        self.assertEqual(
            [line.kind for line in found], ['fold', *['same'] * 3, 'removed', 'added', *['same'] * 3, 'fold']
        )
        self.assertEqual([line.count for line in found if line.kind == 'fold'], [7, 6])

    def test_gives_back_both_texts(self):
        old, new = 'a\nb\nb\nc\n\nd', 'b\na\nb\nx\nd\n'

        found = comparing.lines(old, new)

        self.assertEqual([line.text for line in found if line.kind != 'added'], old.splitlines())
        self.assertEqual([line.text for line in found if line.kind != 'removed'], new.splitlines())
