from datetime import date

from django.test import TestCase
from django.urls import reverse

from playbooks import runs
from playbooks.models import Acknowledgement, RunItem
from tests.factories import make_playbook, make_track, make_user, publish_text

TRACK = '- [ ] Read [the checklist](playbook:launch) {#read-it kind=read}\n'


class AcknowledgeTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader = make_user('Rita Reader')
        cls.playbook = make_playbook('launch', versions=2)
        cls.url = reverse('playbooks:acknowledge', args=['launch'])

    def setUp(self):
        self.client.force_login(self.reader)

    def say(self, number, url=''):
        return self.client.post(url or self.url, {'number': number}, follow=True)

    def read(self):
        return list(Acknowledgement.objects.values_list('playbook__slug', 'person__name', 'number'))

    def test_records_the_version_that_was_shown(self):
        publish_text(self.playbook, 'Three came meanwhile.\n')

        response = self.say(2)

        self.assertEqual(self.read(), [('launch', 'Rita Reader', 2)])
        self.assertRedirects(response, '/playbooks/launch/')
        self.assertContains(response, 'Read: “Launch”.')

    def test_saying_it_twice_records_it_once(self):
        self.say(2)
        self.say(2)

        self.assertEqual(self.read(), [('launch', 'Rita Reader', 2)])

    def test_does_the_step_of_a_track_that_asks_for_it_and_says_so(self):
        track = make_track('first-90-days', text=TRACK)
        runs.start_run(version=track.current_version, owner=self.reader, anchor_on=date(2026, 11, 2), by=self.reader)

        response = self.say(2)

        self.assertContains(response, 'One step in your track is done: “Read the checklist”.')
        self.assertEqual(RunItem.objects.get(key='read-it').state, RunItem.State.DONE)

    def test_a_number_that_is_not_there_is_not_found_and_nothing_is_recorded(self):
        for number in ('0', '3', '', 'x', '9' * 30):
            with self.subTest(number):
                self.assertEqual(self.say(number).status_code, 404)
        self.assertEqual(self.read(), [])

    def test_what_is_not_shared_cannot_be_read(self):
        make_playbook('pay-bands', versions=1, audience=('Leads',))

        response = self.say(1, reverse('playbooks:acknowledge', args=['pay-bands']))

        self.assertEqual(response.status_code, 404)
        self.assertEqual(self.read(), [])

    def test_looking_at_the_address_says_nothing(self):
        self.assertEqual(self.client.get(self.url).status_code, 405)
        self.assertEqual(self.read(), [])
