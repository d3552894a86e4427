from datetime import date, timedelta

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks import reading
from playbooks.models import Acknowledgement, PlaybookLink, Rendering, Run, SlugHistory, Verification
from tests.factories import make_editor, make_playbook, make_track, make_user, publish_text


def link(source, target, **fields):
    return PlaybookLink.objects.create(version=source.current_version, target_slug=target.slug, line=1, **fields)


def start(playbook, *, name='', owner=None, **fields):
    version = playbook.current_version
    return Run.objects.create(
        playbook=playbook,
        version=version,
        first_version=version,
        name=name,
        owner=owner or make_user(),
        anchor_on=fields.pop('anchor_on', date(2026, 12, 1)),
        **fields,
    )


class PlaybookPageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader = make_user('Rita Reader')
        cls.owner = make_user('Olga Owner')
        cls.playbook = make_playbook('launch', versions=3, owner=cls.owner, kind='launch-checklist')
        cls.url = reverse('playbooks:playbook', args=['launch'])

    def setUp(self):
        self.client.force_login(self.reader)

    def test_shows_the_current_version_with_its_title_owner_and_items(self):
        response = self.client.get(self.url)

        self.assertContains(response, '<h1>Launch</h1>', html=True)
        self.assertContains(response, 'Olga Owner')
        self.assertContains(response, 'v3, see its history')
        self.assertContains(response, 'id="i-promise"', count=1)
        self.assertContains(response, 'Version 3.')
        self.assertNotContains(response, 'Version 2.')

    def test_costs_four_queries_beside_session_and_person_however_much_there_is_to_show(self):
        self.client.get(self.url)  # the organization and the written queries are kept from the first visit on

        with self.assertNumQueries(6):
            self.client.get(self.url)
        for number in range(3):
            self.playbook.tags.add(f'tag-{number}')
            start(self.playbook, name=f'Release {number}')
            link(make_playbook(f'other-{number}', versions=2), self.playbook)
            link(make_track(f'track-{number}'), self.playbook, item_key='promise')
            Acknowledgement.objects.create(playbook=self.playbook, person=make_user(), number=3)
            Verification.objects.create(playbook=self.playbook, person=self.owner, number=3)
        with self.assertNumQueries(6):
            response = self.client.get(self.url)

        self.assertContains(response, 'tag-2')
        self.assertContains(response, 'Release 2')
        self.assertContains(response, 'Other 2')
        self.assertContains(response, '3 people')

    def test_a_version_that_is_not_rendered_yet_is_read_anew_and_nothing_is_written(self):
        self.client.get(self.url)
        Rendering.objects.all().delete()

        with self.assertNumQueries(7):
            response = self.client.get(self.url)

        self.assertContains(response, 'id="i-promise"')
        self.assertFalse(Rendering.objects.exists())

    def test_no_script_of_a_text_runs(self):
        publish_text(self.playbook, 'Hello <script>alert(1)</script> [x](javascript:alert(2))\n')

        response = self.client.get(self.url)

        self.assertNotContains(response, 'alert(1)')
        self.assertNotContains(response, 'javascript:')

    def test_whoever_never_read_it_gets_no_notice_and_one_button_for_the_version_shown(self):
        response = self.client.get(self.url)

        self.assertNotContains(response, 'Changed since you read')
        self.assertContains(response, 'I have read v3')
        self.assertContains(response, 'name="number" value="3"', count=1)

    def test_says_what_changed_since_the_version_they_read_one_click_from_exactly_that_diff(self):
        Acknowledgement.objects.create(playbook=self.playbook, person=self.reader, number=1)
        publish_text(self.playbook, 'New.\n', note='Support can stop a launch.')

        response = self.client.get(self.url)

        self.assertContains(response, 'Changed since you read v1 on')
        self.assertContains(response, 'Support can stop a launch.')
        self.assertContains(response, 'href="/playbooks/launch/compare/1/4/"')

    def test_a_small_fix_asks_nobody_to_read_again(self):
        Acknowledgement.objects.create(playbook=self.playbook, person=self.reader, number=3)
        publish_text(self.playbook, 'New.\n', weight='editorial')

        response = self.client.get(self.url)

        self.assertNotContains(response, 'Changed since you read')
        self.assertContains(response, 'You have read this')
        self.assertContains(response, 'href="/playbooks/launch/compare/3/4/"')

    def test_who_has_read_this_version_is_not_asked_again(self):
        Acknowledgement.objects.create(playbook=self.playbook, person=self.reader, number=3)

        response = self.client.get(self.url)

        self.assertContains(response, 'You have read this')
        self.assertNotContains(response, 'I have read v3')

    def test_names_tracks_by_phase_launches_by_their_day_and_what_links_here(self):
        track = make_track('first-90-days')
        link(track, self.playbook, item_key='compare')
        start(self.playbook, name='Instant Rebooking', anchor_on=timezone.localdate() + timedelta(days=7))
        link(make_playbook('tier-2', versions=1), self.playbook)

        response = self.client.get(self.url)

        self.assertContains(response, '<a href="/playbooks/first-90-days/">First 90 days</a>, After', html=False)
        self.assertContains(response, 'Instant Rebooking</a>, T-7, ')
        self.assertContains(response, 'on v3')
        self.assertContains(response, '<a href="/playbooks/tier-2/">Tier 2</a>')

    def test_a_link_to_an_address_it_had_before_counts_and_one_from_an_older_version_does_not(self):
        SlugHistory.objects.create(slug='go-live', playbook=self.playbook)
        old, new = make_playbook('old-link', versions=1), make_playbook('new-link', versions=1)
        link(old, self.playbook)
        publish_text(old, 'No link any more.\n')
        PlaybookLink.objects.create(version=new.current_version, target_slug='go-live', line=1)

        response = self.client.get(self.url)

        self.assertContains(response, '/playbooks/new-link/')
        self.assertNotContains(response, '/playbooks/old-link/')

    def test_what_is_not_shared_with_the_reader_is_not_named_beside_it(self):
        secret = make_playbook('secret', versions=1, audience=('Leads',))
        link(secret, self.playbook)
        link(make_track('secret-track', audience=('Leads',)), self.playbook, item_key='compare')
        start(self.playbook, name='Quiet onboarding', visibility=Run.Visibility.PRIVATE)
        self.client.force_login(make_editor())
        self.assertContains(self.client.get(self.url), '/playbooks/secret/')

        self.client.force_login(self.reader)
        response = self.client.get(self.url)

        self.assertNotContains(response, 'secret')
        self.assertNotContains(response, 'Quiet onboarding')

    def test_a_restricted_playbook_is_there_for_its_group_its_owner_and_editors_only(self):
        make_playbook('pay-bands', versions=1, audience=('Leads',), owner=self.owner)
        url = reverse('playbooks:playbook', args=['pay-bands'])
        statuses = []

        for person in (make_editor(), self.reader, make_user(groups=('Leads',)), self.owner, make_user()):
            self.client.force_login(person)
            statuses.append(self.client.get(url).status_code)

        self.assertEqual(statuses, [200, 404, 200, 200, 404])

    def test_without_a_version_it_is_there_for_those_who_write_it_only(self):
        make_playbook('idea', owner=self.owner)
        url = reverse('playbooks:playbook', args=['idea'])

        self.assertEqual(self.client.get(url).status_code, 404)
        self.client.force_login(self.owner)
        self.assertContains(self.client.get(url), 'Not published yet')

    def test_an_address_it_had_before_leads_to_it_unless_it_is_not_theirs_to_see(self):
        secret = make_playbook('pay-bands', versions=1, audience=('Leads',))
        SlugHistory.objects.create(slug='go-live', playbook=self.playbook)
        SlugHistory.objects.create(slug='salaries', playbook=secret)

        self.assertRedirects(self.client.get('/playbooks/go-live/'), self.url, status_code=301)
        self.assertEqual(self.client.get('/playbooks/salaries/').status_code, 404)

    def test_offers_what_the_reader_may_do_and_nothing_else(self):
        plain = make_playbook('plain', text='Only words.\n')
        member = self.client.get(self.url)
        words_only = self.client.get(plain.get_absolute_url())
        self.client.force_login(self.owner)
        owner = self.client.get(self.url)

        self.assertContains(member, 'href="/playbooks/launch/run/"')
        self.assertContains(member, 'Suggest a change')
        self.assertNotContains(owner, 'Suggest a change')
        self.assertNotContains(member, '/playbooks/launch/checked/')
        self.assertNotContains(words_only, '/run/')
        self.assertContains(owner, '/playbooks/launch/edit/')
        self.assertContains(owner, '/playbooks/launch/checked/')

    def test_what_is_out_of_use_says_so_and_starts_nothing(self):
        self.playbook.archived_at, self.playbook.archived_by = timezone.now(), make_user('Ada Archivist')
        self.playbook.save()

        response = self.client.get(self.url)

        self.assertContains(response, 'by Ada Archivist: no longer in use')
        self.assertNotContains(response, '/playbooks/launch/run/')

    def test_it_is_only_read(self):
        self.assertEqual(self.client.post(self.url).status_code, 405)


class FreshnessTests(TestCase):
    def state(self, *, checked=None, published, every=None, today):
        at = [None if day is None else timezone.make_aware(timezone.datetime(*day, 12)) for day in (checked, published)]
        return reading.freshness(verified_at=at[0], published_at=at[1], every_days=every, today=date(*today))

    def test_says_what_pages_say(self):
        cases = [
            ({'checked': (2026, 11, 3), 'published': (2026, 1, 1), 'every': 90}, 'checked', date(2026, 11, 3)),
            ({'published': (2026, 11, 3), 'every': 90}, 'never', date(2026, 11, 3)),
            ({'published': (2020, 1, 1)}, 'never', date(2020, 1, 1)),
            ({'checked': (2026, 9, 2), 'published': (2026, 1, 1), 'every': 90}, 'soon', date(2026, 12, 1)),
            ({'checked': (2026, 8, 24), 'published': (2026, 1, 1), 'every': 90}, 'soon', date(2026, 11, 22)),
            ({'checked': (2026, 8, 23), 'published': (2026, 1, 1), 'every': 90}, 'overdue', date(2026, 11, 21)),
        ]

        found = [self.state(**case, today=(2026, 11, 22)) for case, *_ in cases]

        self.assertEqual([(one.state, one.on) for one in found], [(state, on) for _, state, on in cases])

    def test_counts_how_long_nobody_looked(self):
        found = self.state(checked=(2026, 4, 10), published=(2026, 1, 1), every=90, today=(2026, 11, 22))

        self.assertEqual((found.state, found.months), ('overdue', 7))
