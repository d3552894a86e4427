"""Every page of django-allauth that is reachable here stands in the house design."""

from allauth.account import app_settings
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.urls import urlpatterns
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth import get_user_model
from django.test import TestCase, override_settings
from django.urls import reverse

from accounts.models import Mail

from .test_headers import INLINE

# Address names: as whom it is looked at, and the heading one sees there.
ANONYMOUS = {
    'account_login': 'Sign in',
    'account_signup': 'Ask to be added',
    'account_inactive': 'You cannot sign in any more',
    'account_reset_password': 'Set a new password',
    'account_reset_password_done': 'Look into your mail',
    'account_reset_password_from_key': 'Set your password',
    'account_reset_password_from_key_done': 'Your password is set',
    'account_email_verification_sent': 'Confirm your address',
    'account_confirm_email': 'Confirm your address',
}
SIGNED_IN = {
    'account_logout': 'Sign out',
    'account_email': 'Email address',
    'account_change_password': 'Change password',
    'account_reauthenticate': 'Is it you?',
}
ELSEWHERE = {
    'account_set_password': 'account_change_password',  # who has a password changes it
    'account_confirm_login_code': 'account_login',  # signing in by code is not offered
}


class AccountPagesTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.person = get_user_model().objects.create_user('maya@example.com', 'a long password', name='Maya Okafor')
        cls.address = EmailAddress.objects.create(user=cls.person, email=cls.person.email, primary=True, verified=True)

    def arguments(self, name):
        if name == 'account_confirm_email':
            return [EmailConfirmationHMAC(self.address).key]
        if name == 'account_reset_password_from_key':
            return [user_pk_to_url_str(self.person), default_token_generator.make_token(self.person)]
        return []

    def look(self, name, heading, layout):
        response = self.client.get(reverse(name, args=self.arguments(name)), follow=True)

        self.assertContains(response, f'<h1>{heading}</h1>', html=True, msg_prefix=name)
        self.assertContains(response, layout, msg_prefix=name)
        self.assertIsNone(INLINE.search(response.content.decode()), name)
        self.assertEqual(response.content.count(b'<h1'), 1, name)

    def test_the_lists_hold_every_address_there_is(self):
        self.assertEqual({pattern.name for pattern in urlpatterns}, {*ANONYMOUS, *SIGNED_IN, *ELSEWHERE})

    def test_each_page_before_signing_in_stands_at_the_gate(self):
        for name, heading in ANONYMOUS.items():
            with self.subTest(name):
                if name == 'account_confirm_email':
                    EmailAddress.objects.update(verified=False)
                self.look(name, heading, 'class="gate stack"')

    def test_each_page_of_who_is_signed_in_stands_in_the_shell_or_at_the_gate(self):
        for name, heading in SIGNED_IN.items():
            with self.subTest(name):
                self.client.force_login(self.person)
                layout = 'class="gate stack"' if name == 'account_reauthenticate' else 'class="bar"'
                self.look(name, heading, layout)

    def test_addresses_that_do_not_apply_lead_on(self):
        self.client.force_login(self.person)
        self.assertRedirects(
            self.client.get(reverse('account_set_password')),
            reverse('account_change_password'),
            fetch_redirect_response=False,
        )

    def test_a_link_that_was_used_says_so_and_offers_a_new_one(self):
        response = self.client.get(reverse('account_reset_password_from_key', args=['1', 'used-up']))

        self.assertContains(response, 'This link no longer works')
        self.assertContains(response, reverse('account_reset_password'))

    def test_nobody_signs_up_by_themselves(self):
        self.client.post(
            reverse('account_signup'),
            {'email': 'eve@example.com', 'password1': 'a long password', 'password2': 'a long password'},
        )

        self.assertFalse(get_user_model().objects.filter(email='eve@example.com').exists())

    def test_signing_in_takes_the_address_in_any_case(self):
        self.client.post(reverse('account_login'), {'login': 'MAYA@example.com', 'password': 'a long password'})

        self.assertEqual(self.client.session.get('_auth_user_id'), str(self.person.pk))

    def test_who_has_not_shown_that_the_address_is_theirs_gets_a_mail_instead(self):
        EmailAddress.objects.update(verified=False)

        response = self.client.post(
            reverse('account_login'), {'login': 'maya@example.com', 'password': 'a long password'}
        )

        self.assertRedirects(response, reverse('account_email_verification_sent'))
        self.assertEqual([message.to for message in Mail.objects.all()], ['maya@example.com'])
        self.assertIsNone(self.client.session.get('_auth_user_id'))

    def test_an_unknown_address_is_answered_as_a_known_one_and_gets_no_mail(self):
        known = self.client.post(reverse('account_reset_password'), {'email': 'maya@example.com'})
        unknown = self.client.post(reverse('account_reset_password'), {'email': 'nobody@example.com'})

        self.assertEqual((known.status_code, known.url), (unknown.status_code, unknown.url))
        self.assertEqual([message.to for message in Mail.objects.all()], ['maya@example.com'])

    @override_settings(ACCOUNT_RATE_LIMITS={'login_failed': '5/300s/key'})
    def test_guessing_a_password_is_stopped_after_five_tries(self):
        self.assertEqual(app_settings.RATE_LIMITS['login_failed'], '5/300s/key')
        for _ in range(5):
            self.client.post(reverse('account_login'), {'login': 'maya@example.com', 'password': 'a guess'})

        response = self.client.post(
            reverse('account_login'), {'login': 'maya@example.com', 'password': 'a long password'}
        )

        self.assertContains(response, 'Too many failed login attempts')
        self.assertIsNone(self.client.session.get('_auth_user_id'))

    def test_the_mail_with_the_link_is_in_our_words_and_its_link_leads_to_setting_a_password(self):
        self.client.post(reverse('account_reset_password'), {'email': 'maya@example.com'})

        message = Mail.objects.get()
        link = next(line for line in message.body.splitlines() if line.startswith('http'))
        page = self.client.get(link, follow=True)

        self.assertEqual(message.subject, 'Set a new password for Rampbook')
        self.assertTrue(
            message.body.startswith('With this link you set a new password:\n\nhttp://testserver/accounts/')
        )
        self.assertContains(page, '<h1>Set your password</h1>', html=True)

    def test_the_mail_that_asks_for_an_address_names_the_person(self):
        EmailAddress.objects.update(verified=False)

        self.client.post(reverse('account_login'), {'login': 'maya@example.com', 'password': 'a long password'})

        message = Mail.objects.get()
        self.assertEqual(message.subject, 'Is this your address?')
        self.assertIn('Maya Okafor signs in to Rampbook with this address.', message.body)
        self.assertNotIn('&', message.body)
