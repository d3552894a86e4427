"""The production configuration, in a process of its own as a server would start it."""

import json
import os
import subprocess
import sys

from django.conf import settings
from django.test import SimpleTestCase

PRODUCTION = {
    'BASE_URL': 'https://playbooks.example.com',
    'SECRET_KEY': 'a-key-that-is-only-here-to-be-long-enough-for-the-check-0123456789',
}
ASKED = [
    'ALLOWED_HOSTS',
    'CSRF_COOKIE_SECURE',
    'SESSION_COOKIE_SECURE',
    'SECURE_SSL_REDIRECT',
    'SECURE_HSTS_SECONDS',
    'DEBUG',
    'ALLAUTH_TRUSTED_PROXY_COUNT',
]


class ProductionTests(SimpleTestCase):
    def run_python(self, *arguments, **variables):
        of_tests = {'DJANGO_SETTINGS_MODULE', 'BASE_URL', 'DJANGO_ALLOW_ASYNC_UNSAFE'}
        environment = {name: value for name, value in os.environ.items() if name not in of_tests}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=environment | variables,
            check=False,
            capture_output=True,
            text=True,
        )

    def values(self, **variables):
        code = (
            f'import json; from config import settings as s; print(json.dumps([getattr(s, n, None) for n in {ASKED}]))'
        )
        return dict(zip(ASKED, json.loads(self.run_python('-c', code, **variables).stdout), strict=True))

    def test_check_deploy_has_nothing_to_say(self):
        done = self.run_python('manage.py', 'check', '--deploy', '--fail-level', 'WARNING', **PRODUCTION)

        self.assertIn('no issues', done.stdout, done.stderr)
        self.assertEqual(done.returncode, 0)

    def test_behind_tls_everything_that_belongs_to_it_is_on(self):
        self.assertEqual(
            self.values(**PRODUCTION),
            {
                'ALLOWED_HOSTS': ['playbooks.example.com'],
                'CSRF_COOKIE_SECURE': True,
                'SESSION_COOKIE_SECURE': True,
                'SECURE_SSL_REDIRECT': True,
                'SECURE_HSTS_SECONDS': 31536000,
                'DEBUG': False,
                'ALLAUTH_TRUSTED_PROXY_COUNT': 1,
            },
        )

    def test_without_tls_browsers_are_not_told_to_insist_on_it(self):
        self.assertEqual(
            self.values(SECRET_KEY='x'),
            {
                'ALLOWED_HOSTS': ['localhost', '127.0.0.1', '[::1]', 'localhost'],
                'CSRF_COOKIE_SECURE': False,
                'SESSION_COOKIE_SECURE': False,
                'SECURE_SSL_REDIRECT': None,
                'SECURE_HSTS_SECONDS': None,
                'DEBUG': False,
                'ALLAUTH_TRUSTED_PROXY_COUNT': 0,
            },
        )

    def test_a_mistake_in_the_environment_is_one_line_that_names_the_variable(self):
        done = self.run_python('bin/prepare.py', SECRET_KEY='x', DATABASE_URL='oracle://x')

        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r'\AThe environment variable DATABASE_URL must start with .*\n\Z')
