"""Links that lead nowhere, in a text about to be published and in all that are."""

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks import text as texts
from playbooks.dead_links import warnings_for
from playbooks.drafts import start_draft
from playbooks.files import add_file
from playbooks.models import Draft, PlayerHost, SlugHistory
from playbooks.plans import Candidate, links_leading_nowhere, plan_publication
from tests.factories import make_editor, make_playbook, make_user, publish_text

from .test_files import WithFiles

TEXT = """\
[a](playbook:rules) [b](playbook:nowhere) [c](playbook:rules@1) [d](playbook:rules@9)
[e](playbook:rules#step) [f](playbook:rules#nothing) [g](playbook:laws) [h](playbook:idea)
[[Our rules]] [[Nowhere]] [[Twice]]
[i](file:rules/a.txt) [j](file:rules/b.txt) [k](file:laws/a.txt)
[l](#top) [m](#gone) [n](playbook:#step) [o](playbook:rules@1#step) [p](playbook:rules@1#late)

## Top

- [ ] Do {#step}
"""
DEAD = [
    (1, 'playbook:nowhere'),
    (1, 'playbook:rules@9'),
    (2, 'playbook:idea'),
    (2, 'playbook:rules#nothing'),
    (3, '[[nowhere]]'),
    (3, '[[twice]]'),
    (4, 'file:rules/b.txt'),
    (5, '#gone'),
    (5, 'playbook:rules@1#late'),
]


class LinksTestCase(WithFiles, TestCase):
    def setUp(self):
        super().setUp()
        self.owner = make_user('Olga')
        self.rules = make_playbook('rules')
        publish_text(self.rules, '- [ ] Step {#step}\n', title='Our rules')
        publish_text(self.rules, '- [ ] Step {#step}\n- [ ] Late {#late}\n', title='Our rules')
        SlugHistory.objects.create(slug='laws', playbook=self.rules)
        add_file(playbook=self.rules, name='a.txt', content=b'a', by=None)
        make_playbook('idea')
        for slug in ('one', 'two'):
            publish_text(make_playbook(slug), 'A.', title='Twice')
        self.page = make_playbook('page', owner=self.owner)
        publish_text(self.page, TEXT, title='Page')


class LinksTests(LinksTestCase):
    def links(self, who, **query):
        self.client.force_login(who)
        return self.client.get(reverse('playbooks:links'), query)

    def test_each_link_that_leads_nowhere_is_named_with_page_line_and_reason(self):
        page = self.links(make_editor())

        (found,) = page.context['page'].object_list
        self.assertEqual((found.slug, found.title, found.owner), ('page', 'Page', 'Olga'))
        self.assertEqual([(link.line, link.written) for link in found.links], DEAD)
        self.assertContains(page, '9 links lead nowhere')
        self.assertContains(page, 'There is no playbook with this address.')

    def test_an_owner_sees_those_of_their_own_pages(self):
        other = make_playbook('other', text='[a](playbook:gone)')

        self.assertEqual([one.slug for one in self.links(self.owner).context['page']], ['page'])
        self.assertEqual({one.slug for one in self.links(make_editor()).context['page']}, {'page', other.slug})
        self.assertContains(self.links(make_user()), 'Every link leads somewhere')

    def test_it_tells_nobody_whether_there_is_what_they_may_not_see(self):
        secret = make_playbook('secret', text='A.', audience=('Leads',))
        add_file(playbook=secret, name='a.txt', content=b'a', by=None)
        publish_text(
            self.page,
            '[a](playbook:idea) [a](playbook:nowhere)\n[a](playbook:secret)\n[a](file:secret/a.txt)\n',
            title='Page',
        )

        (found,) = self.links(self.owner).context['page'].object_list
        (by_editor,) = self.links(make_editor()).context['page'].object_list

        self.assertEqual([link.line for link in found.links], [1, 1, 2, 3])
        self.assertEqual(len({link.reason for link in found.links[:3]}), 1)
        self.assertEqual([link.line for link in by_editor.links], [1, 1])

    def test_only_current_texts_in_use_count(self):
        publish_text(self.page, 'All well.', title='Page')
        make_playbook('old', text='[a](playbook:gone)', archived_at=timezone.now(), archived_by=self.owner)

        self.assertContains(self.links(make_editor()), 'Every link leads somewhere')

    def test_it_takes_as_many_queries_whatever_there_is(self):
        editor = make_editor()
        self.links(editor)
        with self.assertNumQueries(9):
            self.client.get(reverse('playbooks:links'))
        for number in range(3):
            publish_text(make_playbook(f'more-{number}'), TEXT, title=f'More {number}')
        with self.assertNumQueries(9):
            self.client.get(reverse('playbooks:links'))

    def test_a_page_of_it_that_makes_no_sense_is_the_first(self):
        self.assertContains(self.links(make_editor(), page='x'), '9 links lead nowhere')


class WarningsTests(LinksTestCase):
    def warnings(self, text, *, reader=None):
        document = texts.read(text)
        found = warnings_for(document, text=text, playbook=self.page, reader=reader)
        return sorted((problem.line, problem.message.partition(':')[0]) for problem in found)

    def test_before_publishing_the_same_is_said_at_its_line(self):
        draft = start_draft(playbook=self.page, author=self.owner)
        Draft.objects.filter(pk=draft.pk).update(text=TEXT)
        draft = Draft.objects.select_related('playbook__kind', 'base', 'author').get()

        plan = plan_publication(draft=draft)

        self.assertEqual([problem.severity for problem in plan.problems], ['warning'] * 8)
        self.assertEqual(sorted({problem.line for problem in plan.problems}), [1, 2, 3, 4, 5])
        self.assertIn('“[[Nowhere]]”: No playbook is called so.', [problem.message for problem in plan.problems])

    def test_what_the_reader_may_not_see_counts_as_not_there(self):
        secret = make_playbook('secret', audience=('Leads',))
        publish_text(secret, 'A.', title='Secret')
        add_file(playbook=secret, name='a.txt', content=b'a', by=None)

        self.assertEqual(len(self.warnings('[[Secret]] [a](file:secret/a.txt)', reader=self.owner)), 2)
        self.assertEqual(self.warnings('[[Secret]] [a](file:secret/a.txt)', reader=make_editor()), [])

    def test_a_player_is_said_to_stay_a_link_until_its_host_is_allowed(self):
        text = '\n![Talk](https://player.example/v)'
        self.assertEqual([line for line, _message in self.warnings(text)], [2])

        PlayerHost.objects.create(host='player.example')

        self.assertEqual(self.warnings(text), [])

    def test_a_text_without_such_links_asks_nothing(self):
        with self.assertNumQueries(0):
            self.warnings('Plain. [a](playbook:rules) https://a.example/')

    def test_what_is_much_like_it_is_offered_as_the_mend(self):
        publish_text(make_playbook('prioritization'), 'A.', title='How we prioritize')
        draft = start_draft(playbook=self.page, author=self.owner)
        text = (
            '[[How we priorotize|so]] and [a](playbook:prioritisation@1#b)\n\n[a](playbook:xyz) [[Nothing like it]]\n'
        )
        candidate = Candidate(self.page, None, 'Page', text, {}, self.owner, draft)

        found = links_leading_nowhere(candidate, texts.read(text), self.owner)

        self.assertEqual(
            [problem.mend for problem in sorted(found) if problem.mend],
            [
                texts.Mend(
                    'Link to “How we prioritize”', 1, '[[How we prioritize|so]] and [a](playbook:prioritisation@1#b)'
                ),
                texts.Mend(
                    'Link to “prioritization”', 1, '[[How we priorotize|so]] and [a](playbook:prioritization@1#b)'
                ),
            ],
        )
        self.assertEqual(len(found), 4)

    def test_a_playbook_that_one_may_not_see_is_never_offered(self):
        publish_text(make_playbook('salaries', audience=('Leads',)), 'A.', title='Salaries')
        make_playbook('reorganisation')  # somebody's draft, which nobody else knows of
        text = '[[Salarys]] [a](playbook:salarys) [a](playbook:reorganization) [a](playbook:reorganisation)'
        candidate = Candidate(self.page, None, 'Page', text, {}, self.owner, None)

        found = links_leading_nowhere(candidate, texts.read(text), self.owner)

        self.assertEqual([problem.mend for problem in found], [None] * 4)

    def test_the_editor_says_so_at_the_line_before_anything_is_published(self):
        self.client.force_login(self.owner)

        page = self.client.post(
            reverse('playbooks:playbook_preview', args=['page']),
            {'title': 'Page', 'text': 'See [[Our rulez]].', 'revision': 0},
            headers={'HX-Request': 'true'},
        )

        self.assertContains(page, 'No playbook is called so.')
        self.assertContains(page, 'Link to “Our rules”')
