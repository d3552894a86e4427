"""Launches and other runs: the list, one of them, starting, moving, filling roles, stopping, another version."""

import datetime as dt

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks import runs
from playbooks.models import Run
from tests.factories import CHECKLIST, make_editor, make_playbook, make_user, publish_text

LAUNCH = CHECKLIST.replace('{#rehearse ', '{#rehearse role=engineering ')


class RunTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.playbook = make_playbook('launch', text=LAUNCH)
        cls.captain = make_user('Lucas Ferreira')
        cls.engineer = make_user('Elena Petrova')
        cls.editor = make_editor()
        cls.day = timezone.localdate() + dt.timedelta(days=30)
        cls.launch = cls.start(cls.playbook, cls.captain, 'Quiet hours')
        cls.url = cls.launch.get_absolute_url()

    @classmethod
    def start(cls, playbook, owner, name):
        return runs.start_run(
            version=playbook.current_version,
            owner=owner,
            by=owner,
            name=name,
            anchor_on=cls.day,
            roles={'engineering': [cls.engineer]},
        )

    def setUp(self):
        self.client.force_login(self.captain)

    def post(self, path, **data):
        return self.client.post(f'{self.url}{path}', data)

    def test_the_page_has_the_items_by_section_with_their_day_both_ways(self):
        page = self.client.get(self.url).content.decode()

        promise = page.partition('id="i-promise"')[2].partition('</li>')[0]
        self.assertRegex(promise, r'class="due">T-\d, ')
        self.assertIn('Lucas Ferreira', promise)
        self.assertIn('Opens after “Write the promise”', page)
        self.assertLess(page.index('>Before</h2>'), page.index('id="i-promise"'))

    def test_the_owner_ticks_for_others_and_it_says_who_did(self):
        self.post('items/promise/complete/', version=1, at='run')
        self.post('items/rehearse/complete/', version=1, at='run')

        self.assertContains(self.client.get(self.url), 'by you for Elena Petrova')
        self.assertEqual(self.launch.items.get(key='rehearse').state, 'done')

    def test_with_a_script_the_row_and_the_tally_come_back(self):
        answer = self.client.post(
            f'{self.url}items/promise/complete/',
            {'version': 1, 'at': 'run'},
            headers={'HX-Request': 'true', 'HX-Target': 'i-promise'},
        ).content.decode()

        self.assertIn('<li class="item done"', answer)
        self.assertIn('id="tally" class="tally" hx-swap-oob="true"', answer)
        self.assertIn('id="i-rehearse" hx-swap-oob="true"', answer)

    def test_somebody_else_looks_and_may_not_tick(self):
        self.client.force_login(make_user())

        self.assertNotContains(self.client.get(self.url), 'class="tick"')
        self.assertEqual(self.post('items/promise/complete/', version=1).status_code, 422)
        self.assertEqual(self.launch.items.get(key='promise').state, 'to_do')

    def test_a_run_of_a_playbook_one_may_not_read_is_not_there(self):
        secret = make_playbook('secret', text=LAUNCH, audience=('Board',), owner=self.captain)
        hidden = self.start(secret, self.captain, 'Merger')
        self.client.force_login(make_user())

        self.assertEqual(self.client.get(hidden.get_absolute_url()).status_code, 404)
        self.assertNotContains(self.client.get('/runs/'), 'Merger')
        self.assertEqual(self.client.get(reverse('playbooks:run_new', args=['secret'])).status_code, 404)

    def test_starting_one_asks_for_name_day_and_people(self):
        address = reverse('playbooks:run_new', args=['launch'])
        self.assertContains(self.client.get(address), 'Engineering')
        self.assertEqual(self.client.post(address, {'name': '', 'anchor_on': 'soon'}).status_code, 422)

        answer = self.client.post(
            address, {'name': 'Shift swapping', 'anchor_on': '2026-12-18', 'role-engineering': [self.engineer.pk]}
        )

        started = Run.objects.get(name='Shift swapping')
        self.assertRedirects(answer, started.get_absolute_url())
        self.assertEqual((started.owner, started.anchor_on), (self.captain, dt.date(2026, 12, 18)))
        self.assertEqual(list(started.roles.values_list('role', 'person')), [('engineering', self.engineer.pk)])

    def test_what_has_no_checklist_and_what_is_a_track_is_not_started_here(self):
        make_playbook('guide', text='Just words.')
        make_playbook('track', text=LAUNCH, kind='onboarding-track')

        for slug in ('guide', 'track'):
            self.assertEqual(self.client.get(reverse('playbooks:run_new', args=[slug])).status_code, 404, slug)

    def test_moving_the_day_shows_first_what_changes(self):
        to = self.day + dt.timedelta(days=7)

        page = self.client.get(f'{self.url}move/', {'to': to.isoformat()})

        self.assertContains(page, 'Rehearse the rollback')
        self.assertEqual(Run.objects.get(pk=self.launch.pk).anchor_on, self.day)
        self.assertRedirects(self.post('move/', to=to.isoformat()), self.url)
        self.assertEqual(Run.objects.get(pk=self.launch.pk).anchor_on, to)
        self.assertEqual(self.post('move/', to='never').status_code, 422)

    def test_roles_pass_to_others(self):
        other = make_user('Marc Dubois')

        self.assertRedirects(self.post('people/', **{'role-engineering': [other.pk]}), self.url)

        self.assertEqual(list(self.launch.roles.values_list('role', 'person')), [('engineering', other.pk)])

    def test_stopping_it_leaves_it_to_be_seen_and_nothing_to_tick(self):
        self.assertEqual(self.post('end/', outcome='gone').status_code, 422)
        self.assertRedirects(self.post('end/', outcome='stopped'), self.url)

        self.assertNotContains(self.client.get(self.url), 'class="tick"')
        self.assertNotContains(self.client.get('/runs/'), 'Quiet hours')
        self.assertContains(self.client.get('/runs/?show=ended'), 'Quiet hours')
        self.assertEqual(self.post('items/promise/complete/', version=1).status_code, 422)

    def test_only_who_leads_it_moves_fills_and_stops(self):
        self.client.force_login(self.engineer)

        for path, data in (('move/', {'to': '2027-01-04'}), ('people/', {}), ('end/', {'outcome': 'stopped'})):
            self.assertEqual(self.post(path, **data).status_code, 403, path)
        launch = Run.objects.get(pk=self.launch.pk)
        self.assertEqual((launch.anchor_on, launch.ended_at, launch.roles.count()), (self.day, None, 1))

    def test_a_newer_version_waits_for_the_owner_who_can_go_there_and_back(self):
        runs.complete(run=self.launch, key='promise', by=self.captain, shown_number=1)
        publish_text(self.playbook, LAUNCH + '- [ ] Tell support {#support}\n', note='Support asked.')
        self.assertContains(self.client.get(self.url), 'This uses v1. Version 2 is out.')

        self.post('version/', number=2)
        page = self.client.get(self.url)

        self.assertContains(page, 'Moved from v1 to v2')
        self.assertContains(page, 'added in v2')
        self.assertEqual(self.launch.items.get(key='promise').state, 'done')
        self.post('version/undo/')
        self.assertEqual(Run.objects.get(pk=self.launch.pk).version.number, 1)

    def test_the_list_costs_the_same_for_one_and_for_many(self):
        self.client.get('/runs/')
        with self.assertNumQueries(6):  # session, person, count, runs, and versions and items of them
            self.client.get('/runs/')
        for number in range(3):
            self.start(self.playbook, make_user(), f'Launch {number}')
        with self.assertNumQueries(6):
            self.client.get('/runs/')
