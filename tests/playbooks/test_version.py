from django.test import TestCase
from django.urls import reverse

from playbooks.models import Rendering, Run, RunRole
from tests.factories import make_editor, make_playbook, make_user
from tests.playbooks.test_playbook import start


class VersionTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.reader = make_user()
        cls.playbook = make_playbook('launch', versions=3)

    def setUp(self):
        self.client.force_login(self.reader)

    def get(self, number, slug='launch'):
        return self.client.get(reverse('playbooks:version', args=[slug, number]))

    def test_an_old_version_says_so_and_leads_to_the_current_one_and_to_what_changed(self):
        response = self.get(1)

        self.assertContains(response, 'Version 1.</p>')
        self.assertContains(response, 'This is version 1. The current one is version 3.')
        self.assertContains(response, 'href="/playbooks/launch/compare/1/3/"')
        self.assertContains(response, 'href="/playbooks/launch/raw/?v=1"')

    def test_the_current_one_says_that_it_is(self):
        self.assertContains(self.get(3), 'This is the current version.')

    def test_is_shown_without_a_stored_rendering_too(self):
        Rendering.objects.all().delete()

        self.assertContains(self.get(2), 'Version 2.</p>')
        self.assertFalse(Rendering.objects.exists())

    def test_a_number_that_is_not_there_is_not_found(self):
        self.assertEqual([self.get(number).status_code for number in (0, 4, 10**30)], [404, 404, 404])

    def test_asks_of_the_version_shown_whether_one_has_read_it(self):
        self.assertContains(self.get(2), 'name="number" value="2"')


class PinnedVersionTests(TestCase):
    """Holding a role lets one read the run's pinned version, nothing else."""

    @classmethod
    def setUpTestData(cls):
        cls.playbook = make_playbook('pay-bands', versions=2, audience=('Leads',))
        cls.manager = make_user('Mia Manager')
        cls.owner = make_user('Nora New', reports_to=cls.manager)
        cls.helper = make_user('Hugo Helper')
        cls.onboarding = start(cls.playbook, owner=cls.owner, visibility=Run.Visibility.PRIVATE)
        RunRole.objects.create(run=cls.onboarding, role='buddy', person=cls.helper)

    def statuses(self, person):
        self.client.force_login(person)
        names = [
            ('playbooks:version', ['pay-bands', 2]),
            ('playbooks:version', ['pay-bands', 1]),
            ('playbooks:playbook', ['pay-bands']),
            ('playbooks:history', ['pay-bands']),
            ('playbooks:compare', ['pay-bands', 1, 2]),
            ('playbooks:raw', ['pay-bands']),
        ]
        return [self.client.get(reverse(name, args=args)).status_code for name, args in names]

    def test_who_takes_part_in_a_run_reads_the_version_it_follows_and_nothing_else(self):
        for person in (self.owner, self.helper, self.manager):
            with self.subTest(person.name):
                self.assertEqual(self.statuses(person), [200, 404, 404, 404, 404, 404])

    def test_nobody_else_does(self):
        boss = make_user('Bea Boss')
        self.manager.reports_to = boss
        self.manager.save()

        for person in (make_user(), boss):
            self.assertEqual(self.statuses(person), [404] * 6)
        self.assertEqual(self.statuses(make_editor()), [200] * 6)

    def test_the_page_leads_nowhere_they_may_not_go(self):
        self.client.force_login(self.helper)

        response = self.client.get(reverse('playbooks:version', args=['pay-bands', 2]))

        self.assertContains(response, 'because you take part in something that follows it')
        self.assertNotContains(response, 'href="/playbooks/pay-bands/"')
        self.assertNotContains(response, '/compare/')
        self.assertNotContains(response, '/history/')
