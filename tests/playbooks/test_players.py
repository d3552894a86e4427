"""Players of other sites: only from hosts an administrator allows."""

from django.conf import settings
from django.test import SimpleTestCase, TestCase
from django.urls import reverse

from playbooks.models import PlayerHost
from playbooks.players import player_address
from tests.factories import make_admin, make_playbook, make_user

TEXT = '![Our talk](https://www.youtube.com/watch?v=abc_DEF-123&t=5) and ![x](https://evil.example/page "a")'


class PlayerAddressTests(SimpleTestCase):
    def test_only_the_very_host_that_is_allowed_plays(self):
        allowed = ['player.example', 'www.youtube.com', 'player.vimeo.com']
        for address, player in [
            ('https://player.example/v/1?a=b', 'https://player.example/v/1?a=b'),
            ('https://PLAYER.example/v', 'https://PLAYER.example/v'),
            ('https://www.youtube.com/watch?v=abc_DEF-123', 'https://www.youtube-nocookie.com/embed/abc_DEF-123'),
            ('https://vimeo.com/123456', 'https://player.vimeo.com/video/123456'),
            ('http://player.example/v', None),
            ('https://player.example.evil.example/v', None),
            ('https://evil.example/player.example', None),
            ('https://player.example@evil.example/', None),
            ('https://evil@player.example/', None),
            ('https://player.example:8443/', None),
            ('https://sub.player.example/', None),
            ('https://player.example;evil.example/', None),
            ('https://evil.example\\@player.example/', None),
            ('https://[::1]/', None),
            ('https://[x/v', None),
            ('https:///x', None),
            ('https://youtu.be/abc_DEF-123', None),
        ]:
            with self.subTest(address):
                self.assertEqual(player_address(address, allowed), player)


class PlayerTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.playbook = make_playbook(text=TEXT)

    def setUp(self):
        self.client.force_login(make_user())

    def page(self):
        return self.client.get(self.playbook.get_absolute_url())

    def test_without_an_allowed_host_everything_stays_a_link(self):
        page = self.page()

        self.assertNotContains(page, '<iframe')
        self.assertNotIn('frame-src', page.headers['Content-Security-Policy'])
        self.assertContains(page, '<a class="player" href="https://evil.example/page"')

    def test_what_is_no_address_keeps_nobody_out_of_their_draft(self):
        draft = {'title': 'Launch', 'text': '![Talk](https://[x/v)\n', 'revision': 0, 'base': 1}
        edit = reverse('playbooks:playbook_edit', args=[self.playbook.slug])
        self.client.post(edit, draft)

        self.assertContains(self.client.get(edit), '![Talk](https://[x/v)')

    def test_an_allowed_host_plays_and_only_its_frames_are_let_in_on_this_page(self):
        PlayerHost.objects.create(host='www.youtube.com')

        page = self.page()

        self.assertContains(
            page, '<iframe src="https://www.youtube-nocookie.com/embed/abc_DEF-123" title="Our talk"', 1
        )
        self.assertContains(page, '<iframe', 1)
        policy = page.headers['Content-Security-Policy']
        self.assertIn('frame-src https://www.youtube-nocookie.com', policy)
        self.assertNotIn('evil.example', policy)
        for name in settings.SECURE_CSP:
            self.assertIn(name, policy)
        other = self.client.get(make_playbook(text='A.').get_absolute_url())
        self.assertNotIn('frame-src', other.headers['Content-Security-Policy'])

    def test_a_version_plays_too(self):
        PlayerHost.objects.create(host='www.youtube.com')

        page = self.client.get(self.playbook.current_version.get_absolute_url())

        self.assertContains(page, '<iframe', 1)
        self.assertIn('frame-src', page.headers['Content-Security-Policy'])


class PlayerHostAdminTests(TestCase):
    def test_an_administrator_allows_a_host_by_its_name_alone(self):
        self.client.force_login(make_admin())
        url = reverse('admin:playbooks_playerhost_add')
        for written in (
            'https://evil.example/',
            'a.example; script-src *',
            'a.example:443',
            '*.example',
            'localhost',
            '*',
        ):
            with self.subTest(written):
                self.assertEqual(self.client.post(url, {'host': written}).status_code, 200)
        self.assertEqual(PlayerHost.objects.count(), 0)

        self.client.post(url, {'host': ' WWW.Player.Example '})

        self.assertEqual(PlayerHost.objects.get().host, 'www.player.example')
