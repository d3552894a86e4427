"""A filled site is sound, and everything that is measured works, with few queries. Times are never asserted."""

from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext

from playbooks.integrity import check_all
from playbooks.models import Event, Item, Rendering, Run, Version

from .filling import Sizes, fill
from .measuring import Steps, percentile
from .targets import Cast, few_measures, measures, yardsticks

USUAL = 10  # queries of a page, at most
MORE = {
    'Today': (15, 'it is the work of all runs, the sign-offs asked, the pages to read again and the own onboarding'),
    'team, after a tick in it': (12, 'the one row that changed is worked out again'),
    'tick an item': (32, 'it is read, done under its lock, and read again for the fragments that changed with it'),
    'publish': (40, 'the draft, its plan, its pins, the rows of the version, whom it is told to, and whom it thanks'),
    'publish with all under way': (60, 'and the carry-over'),
}
SIZES = Sizes(playbooks=12, versions=2, people=20, enrollments=8, items=40, history=5)


@override_settings(ROOT_URLCONF='tests.bench.urls')
class BenchTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        fill(SIZES)
        cls.cast = Cast()

    def test_a_filled_site_has_its_size_and_adds_up(self):
        self.assertEqual(Run.objects.count(), SIZES.enrollments + 1)
        self.assertGreaterEqual(Version.objects.count(), SIZES.playbooks * SIZES.versions)
        self.assertEqual(Rendering.objects.count(), Version.objects.count())
        self.assertEqual(Item.objects.filter(version__playbook__slug='bench-track', version__number=1).count(), 40)
        self.assertGreater(Event.objects.exclude(action='started').count(), 0)
        self.assertEqual(check_all(), [])

    def test_every_yardstick_does_its_one_thing(self):
        for name, steps in yardsticks(self.cast).items():
            with self.subTest(yardstick=name):
                asked = self.ask(steps[0]['request'])
                self.assertIn(asked.status_code, (200, 204))

    def test_everything_measured_works_with_few_queries_and_leaves_the_site_sound(self):
        found = [*measures(self.cast), *few_measures(self.cast)]
        for measure in found:
            most, reason = MORE.get(measure.name, (USUAL, ''))
            for place, one in enumerate(measure.steps[:2]):
                with self.subTest(measure=measure.name, step=place, reason=reason):
                    for request in one['before']:
                        self.assertLess(self.ask(request).status_code, 400)
                    self.ask(one['request']) if not measure.used_up else None  # what is kept in the process comes in
                    with CaptureQueriesContext(connection) as queries:
                        answer = self.ask(one['request'])
                    self.assertEqual(answer.status_code, measure.status, one['request']['path'])
                    texts = [query['sql'] for query in queries if not query['sql'].startswith(('SAVEPOINT', 'RELEASE'))]
                    self.assertLessEqual(len(texts), most, '\n'.join(texts))

        self.assertEqual({len(measure.steps) > 0 for measure in found}, {True})
        self.assertEqual(check_all(), [])

    def ask(self, request):
        self.client.cookies['sessionid'] = request['session']
        if request['method'] == 'GET':
            return self.client.get(request['path'])
        headers = {'HX-Request': 'true', 'HX-Target': request['htmx']} if request['htmx'] else {}
        return self.client.post(request['path'], request['body'], headers=headers)


class StepsTests(TestCase):
    def test_requests_are_made_ready_with_their_session_and_length(self):
        post = {'method': 'POST', 'path': '/x/', 'session': 'abc', 'body': {'note': 'é'}, 'htmx': 'i-a'}

        steps = Steps([{'request': post, 'before': []}], 8000)

        head, _, body = steps.plain[0].partition(b'\r\n\r\n')
        self.assertIn(b'sessionid=abc', head)
        self.assertIn(b'Content-Length: 11', head)
        self.assertEqual(body, b'note=%C3%A9')

    def test_a_percentile_is_one_of_the_values(self):
        self.assertEqual(percentile([3.0, 1.0, 2.0, 4.0], 0.95), 4.0)
