from django.test import TestCase
from django.urls import reverse

from tests.factories import make_playbook, make_user, publish_text


class RawTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.playbook = make_playbook('launch', text='# Ärger\r\n\r\n- [ ] Do it {#do-it}\r\n')
        publish_text(cls.playbook, 'Two.\n')
        cls.url = reverse('playbooks:raw', args=['launch'])

    def setUp(self):
        self.client.force_login(make_user())

    def test_is_the_normalized_text_to_the_byte(self):
        response = self.client.get(self.url, {'v': 1})

        self.assertEqual(response.content, '# Ärger\n\n- [ ] Do it {#do-it}\n'.encode())

    def test_is_the_current_version_unless_another_is_named(self):
        self.assertEqual(self.client.get(self.url).content, b'Two.\n')

    def test_is_never_taken_for_a_page(self):
        headers = self.client.get(self.url).headers

        self.assertEqual(headers['Content-Type'], 'text/markdown; charset=utf-8')
        self.assertEqual(headers['X-Content-Type-Options'], 'nosniff')
        self.assertEqual(headers['Content-Disposition'], 'inline; filename="launch.md"')

    def test_a_version_that_is_not_there_is_not_found(self):
        for number in ('0', '3', 'x', '-1', '9' * 30):
            with self.subTest(number):
                self.assertEqual(self.client.get(self.url, {'v': number}).status_code, 404)

    def test_what_is_not_shared_is_not_found(self):
        make_playbook('pay-bands', versions=1, audience=('Leads',))
        make_playbook('idea')

        for slug in ('pay-bands', 'idea', 'nowhere'):
            self.assertEqual(self.client.get(reverse('playbooks:raw', args=[slug])).status_code, 404)
