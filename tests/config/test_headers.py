"""What every answer tells the browser, and whom we answer at all."""

import re
from pathlib import Path

from django.conf import settings
from django.test import TestCase, override_settings
from django.urls import reverse

from tests.factories import make_user

TEMPLATES = sorted(
    path
    for folder in ('templates', 'accounts', 'playbooks', 'onboarding')
    for path in (settings.BASE_DIR / folder).rglob('*.html')
)
INLINE = re.compile(
    r'<style|<script(?![^>]*\bsrc=)|\sstyle\s*=|\son[a-z]+\s*=\s*["\']|javascript:|\bhx-on\b', re.IGNORECASE
)


class HeadersTests(TestCase):
    def test_the_content_security_policy_allows_nothing_inline_and_nothing_from_elsewhere(self):
        response = self.client.get(reverse('account_login'))

        self.assertEqual(
            response['Content-Security-Policy'],
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
            "connect-src 'self'; media-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; "
            "base-uri 'none'",
        )

    def test_the_other_headers_are_there(self):
        response = self.client.get(reverse('account_login'))

        self.assertEqual(response['X-Content-Type-Options'], 'nosniff')
        self.assertEqual(response['Referrer-Policy'], 'same-origin')
        self.assertEqual(response['X-Frame-Options'], 'DENY')
        self.assertIn('camera=()', response['Permissions-Policy'])
        self.assertNotIn('Strict-Transport-Security', response)

    def test_no_page_is_kept_where_whoever_comes_next_could_find_it(self):
        self.client.force_login(make_user())
        for path in ('/', '/playbooks/', '/nowhere/', reverse('account_reset_password')):
            self.assertIn('no-store', self.client.get(path)['Cache-Control'], path)
            self.assertIn('private', self.client.get(path)['Cache-Control'], path)

    def test_a_request_larger_than_anything_asked_for_is_refused_unread(self):
        size = settings.MOST_BYTES_SENT
        for said, status in ((str(size + 1), 413), ('9' * 30, 413), ('-1', 413), ('', 200), ('10', 200)):
            response = self.client.get(reverse('account_login'), CONTENT_LENGTH=said)
            self.assertEqual(response.status_code, status, said)
            self.assertIn('Content-Security-Policy', response)

    @override_settings(SECURE_HSTS_SECONDS=31536000, SECURE_HSTS_INCLUDE_SUBDOMAINS=True)
    def test_strict_transport_security_is_sent_over_tls_only(self):
        over_tls = self.client.get(reverse('account_login'), secure=True)
        plain = self.client.get(reverse('account_login'))

        self.assertEqual(over_tls['Strict-Transport-Security'], 'max-age=31536000; includeSubDomains')
        self.assertNotIn('Strict-Transport-Security', plain)

    def test_a_foreign_host_is_refused_on_every_kind_of_page(self):
        for path in (reverse('account_login'), reverse('healthz'), '/nowhere/'):
            response = self.client.get(path, headers={'host': 'evil.example.org'})

            self.assertEqual(response.status_code, 400, path)
            self.assertNotContains(response, 'evil.example.org', status_code=400)

    def test_no_template_of_ours_holds_inline_script_or_style(self):
        self.assertGreater(len(TEMPLATES), 40)
        found = [f'{Path(path).name}: {match[0]}' for path in TEMPLATES if (match := INLINE.search(path.read_text()))]

        self.assertEqual(found, [])

    def test_an_unknown_address_is_a_page_in_the_house_design_without_anybody_signed_in(self):
        response = self.client.get('/nowhere/')

        self.assertContains(response, '<h1>This page is not here</h1>', status_code=404, html=True)
        self.assertNotContains(response, 'class="bar"', status_code=404)
