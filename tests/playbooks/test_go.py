"""Links by title: where they lead, and that they count as links."""

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks.models import Playbook, PlaybookLink
from playbooks.titles import meant
from tests.factories import make_playbook, make_user, publish_text


class GoTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader = make_user()
        cls.playbook = make_playbook('prioritization')
        publish_text(cls.playbook, 'Old.', title='How we choose')
        publish_text(cls.playbook, 'New.', title='How we prioritize')

    def setUp(self):
        self.client.force_login(self.reader)

    def go(self, title):
        return self.client.get(reverse('playbooks:go'), {'title': title})

    def test_leads_to_the_title_the_address_or_an_earlier_title(self):
        for title in ('How we prioritize', 'HOW  we prioritize', 'prioritization', 'how we choose'):
            with self.subTest(title):
                self.assertRedirects(self.go(title), '/playbooks/prioritization/', fetch_redirect_response=False)

    def test_capitals_of_any_language_are_the_same(self):
        publish_text(make_playbook('about'), 'A.', title='Über uns')

        self.assertRedirects(self.go('über UNS'), '/playbooks/about/', fetch_redirect_response=False)

    def test_a_title_of_today_comes_before_an_address_and_an_earlier_title(self):
        publish_text(make_playbook('choosing'), 'A.', title='How we choose')
        publish_text(make_playbook('other'), 'A.', title='Prioritization')

        self.assertRedirects(self.go('How we choose'), '/playbooks/choosing/', fetch_redirect_response=False)
        self.assertRedirects(self.go('prioritization'), '/playbooks/other/', fetch_redirect_response=False)

    def test_what_is_in_use_comes_before_what_is_archived(self):
        old = make_playbook('old', archived_at=timezone.now(), archived_by=self.reader)
        publish_text(old, 'A.', title='How we prioritize')

        self.assertRedirects(self.go('How we prioritize'), '/playbooks/prioritization/', fetch_redirect_response=False)

    def test_several_are_offered(self):
        publish_text(make_playbook('other'), 'A.', title='How we prioritize')

        page = self.go('How we prioritize')

        self.assertContains(page, '2 playbooks are called “How we prioritize”')
        self.assertContains(page, '/playbooks/other/')

    def test_none_offers_to_write_it_and_tells_nothing_about_what_one_may_not_read(self):
        publish_text(make_playbook('pay', audience=('Leads',)), 'A.', title='Pay bands')
        publish_text(make_playbook('pay'.upper().lower() + '-2', audience=('Leads',)), 'A.', title='Pay bands')

        for title in ('Pay bands', 'Nowhere'):
            page = self.go(title)
            self.assertContains(page, f'Nothing is called “{title}” yet')
            self.assertNotContains(page, '/playbooks/pay')
            self.assertContains(page, reverse('playbooks:playbook_new'))

    def test_an_address_without_a_title_says_so(self):
        for query in ({}, {'title': ' '}, {'title': 'x' * 300}):
            self.assertContains(self.client.get(reverse('playbooks:go'), query), 'names no title')

    def test_it_takes_as_many_queries_whatever_there_is(self):
        self.go('Nowhere')
        with self.assertNumQueries(3):
            self.go('How we prioritize')
        for number in range(3):
            publish_text(make_playbook(f'more-{number}'), 'A.', title=f'More {number}')
        with self.assertNumQueries(3):
            self.go('How we prioritize')

    def test_many_titles_are_looked_up_at_once(self):
        with self.assertNumQueries(2):
            found = meant(Playbook.objects.all(), ['how we prioritize', 'how we choose', 'nowhere'])

        self.assertEqual(
            {key: [one.slug for one in those] for key, those in found.items()},
            {'how we prioritize': ['prioritization'], 'how we choose': ['prioritization']},
        )


class BacklinkTests(TestCase):
    def test_a_link_by_title_is_a_link_to_whoever_has_the_title(self):
        target = make_playbook('target')
        publish_text(target, 'A.', title='Über uns')
        publish_text(make_playbook('from-title'), 'See [[über  Uns]].', title='From title')
        publish_text(make_playbook('from-address'), 'See [[target]] and [it](playbook:target).', title='From address')
        publish_text(make_playbook('other'), 'See [[Elsewhere]].', title='Other')
        self.client.force_login(make_user())

        page = self.client.get(target.get_absolute_url())

        self.assertContains(page, 'From title')
        self.assertContains(page, 'From address', 1)
        self.assertNotContains(page, 'Other')
        self.assertEqual(PlaybookLink.objects.filter(target_title='über uns').count(), 1)


class CitedTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.target = make_playbook('rules')
        for number, weight in enumerate(('process_change', 'editorial', 'process_change', 'editorial'), 1):
            publish_text(cls.target, f'{number}.', title='Our rules', weight=weight)

    def page(self, text, who=None):
        playbook = make_playbook(text=text)
        self.client.force_login(who or make_user())
        return self.client.get(playbook.get_absolute_url())

    def test_a_page_that_names_a_superseded_version_says_so_with_what_changed(self):
        page = self.page('We decided by [the rules](playbook:rules@2).')

        self.assertContains(page, 'This page names v2 of “Our rules”.')
        self.assertContains(page, 'since v3')
        self.assertContains(page, '/playbooks/rules/compare/2/4/')

    def test_a_version_that_still_holds_is_no_news(self):
        for text in ('[a](playbook:rules@3)', '[a](playbook:rules@4)', '[a](playbook:rules)'):
            self.assertNotContains(self.page(text), 'This page names')

    def test_it_says_nothing_about_what_one_may_not_read(self):
        secret = make_playbook('secret', versions=2, audience=('Leads',))

        self.assertNotContains(self.page(f'[a](playbook:{secret.slug}@1)'), 'This page names')
        self.assertContains(
            self.page(f'[a](playbook:{secret.slug}@1)', make_user(groups=('Leads',))), 'This page names'
        )

    def test_an_old_address_counts(self):
        self.target.slug_history.create(slug='laws')

        self.assertContains(self.page('[a](playbook:laws@2)'), '/playbooks/rules/compare/2/4/')
