from django.db import OperationalError, connection
from django.test import TestCase


class HealthzTests(TestCase):
    def test_anybody_may_ask_and_it_costs_one_query(self):
        with self.assertNumQueries(1):
            response = self.client.get('/healthz')

        self.assertEqual((response.status_code, response.content), (200, b'ok\n'))
        self.assertEqual(response['Cache-Control'], 'max-age=0, no-cache, no-store, must-revalidate, private')

    def test_an_unreachable_database_is_503(self):
        def refuse(execute, sql, params, many, context):
            raise OperationalError('gone')

        with connection.execute_wrapper(refuse):
            response = self.client.get('/healthz')

        self.assertEqual(response.status_code, 503)

    def test_it_is_for_looking_only(self):
        self.assertEqual(self.client.post('/healthz').status_code, 405)
