from django.template.loader import render_to_string
from django.test import SimpleTestCase, TestCase, override_settings
from django.urls import reverse

from tests.factories import make_admin, make_editor

WORDS = 'No mail server is set'


class MailNoticeTests(TestCase):
    def page(self, person):
        self.client.force_login(person)
        return self.client.get(reverse('accounts:profile'))

    def test_administrators_are_told_that_mails_go_to_a_folder(self):
        self.assertContains(self.page(make_admin()), WORDS)

    def test_nobody_else_is(self):
        self.assertNotContains(self.page(make_editor()), WORDS)


class WordsTests(SimpleTestCase):
    @override_settings(MAIL_GOES_TO_FOLDER=True, EMAIL_FILE_PATH='/srv/rampbook/mail')
    def test_the_folder_is_named(self):
        self.assertIn('/srv/rampbook/mail', render_to_string('accounts/_mail_notice.html'))

    @override_settings(MAIL_GOES_TO_FOLDER=False)
    def test_with_a_mail_server_there_is_nothing_to_say(self):
        self.assertEqual(render_to_string('accounts/_mail_notice.html').strip(), '')
