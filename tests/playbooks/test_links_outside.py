"""Links to other sites: which addresses are asked, how politely, and what is kept of the answers."""

import datetime as dt
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from django.utils import timezone

from playbooks.link_checks import ask_for_checks, check_links
from playbooks.models import LinkCheck, Playbook
from playbooks.outside import Answer, Fetcher, is_public
from tests.factories import make_editor, make_playbook, make_user

PUBLIC = '93.184.215.14'
REFUSALS = {'Only public addresses are asked.', 'Only http and https are asked.', 'This is no address.'}


class Site(BaseHTTPRequestHandler):
    """Another site: answers by path, and remembers what it was asked."""

    def do_HEAD(self):
        self.server.asked.append((self.command, self.path, self.headers['Host'], self.headers['User-Agent']))
        path = self.path.partition('?')[0]
        if path.startswith('/to/'):
            self.send_response(302)
            self.send_header('Location', path.removeprefix('/to/').replace('!', '/'))
        elif path == '/no-head' and self.command == 'HEAD':
            self.send_response(405)
        elif path == '/loop':
            self.send_response(301)
            self.send_header('Location', '/loop')
        else:
            self.send_response(int(path[1:4]) if path[1:4].isdigit() else 200)
        self.end_headers()
        if self.command == 'GET':
            self.wfile.write(b'x' * 100_000)

    do_GET = do_HEAD  # noqa: N815 (the name the server calls)

    def log_message(self, *args):
        pass


@contextmanager
def site():
    server = HTTPServer(('127.0.0.1', 0), Site)
    server.asked = []
    server.handle_error = lambda *args: None  # we close before it has said everything
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class FetcherTests(SimpleTestCase):
    def setUp(self):
        self.names = {'site.example': [PUBLIC], 'inside.example': ['10.0.0.5'], 'both.example': [PUBLIC, '127.0.0.1']}
        self.connected = []

    def fetcher(self, server):
        def connect(address, port, timeout):
            self.connected.append((address, port))
            return socket.create_connection(server.server_address, timeout)

        return Fetcher('Test-agent', resolve=lambda host, port: self.names.get(host, [host]), connect=connect)

    def ask(self, url):
        with site() as server:
            answer = self.fetcher(server).ask(url)
            self.asked = server.asked
        return answer

    def test_asks_for_the_head_and_says_who_asks(self):
        self.assertEqual(self.ask('http://site.example/page?a=ü#part'), Answer(200))
        self.assertEqual(self.asked, [('HEAD', '/page?a=%C3%BC', 'site.example', 'Test-agent')])
        self.assertEqual(self.connected, [(PUBLIC, 80)])

    def test_asks_for_a_little_of_the_page_where_the_head_is_refused(self):
        self.assertEqual(self.ask('http://site.example/no-head'), Answer(200))
        self.assertEqual([asked[0] for asked in self.asked], ['HEAD', 'GET'])

    def test_says_what_is_wrong(self):
        for path, answer in [
            ('404', Answer(404, 'It is not there any more.')),
            ('403', Answer(403, 'It asks who we are.')),
            ('500', Answer(500, 'It answers with an error.')),
            ('429', Answer(429, 'It answers with an error.')),
        ]:
            with self.subTest(path):
                self.assertEqual(self.ask(f'http://site.example/{path}'), answer)

    def test_follows_a_few_redirects_each_to_a_public_address(self):
        self.assertEqual(self.ask('http://site.example/to/!to!!200'), Answer(200))
        self.assertEqual(self.ask('http://site.example/loop').problem, 'It redirects too often.')
        self.assertEqual(len(self.asked), 4)
        for target in ('http:!!inside.example!', 'http:!!127.0.0.1!', 'http:!![::1]!', 'file:!!!etc!passwd'):
            with self.subTest(target):
                self.connected.clear()
                answer = self.ask(f'http://site.example/to/{target}')
                self.assertIsNone(answer.status)
                self.assertIn(answer.problem, REFUSALS)
                self.assertEqual(self.connected, [(PUBLIC, 80)])

    def test_connects_to_the_very_address_that_was_looked_at(self):
        answers = iter([[PUBLIC], ['127.0.0.1']])
        with site() as server:
            fetcher = self.fetcher(server)
            fetcher.resolve = lambda host, port: next(answers)
            self.assertEqual(fetcher.ask('http://turncoat.example/200'), Answer(200))
            self.assertEqual(fetcher.ask('http://turncoat.example/200').problem, 'Only public addresses are asked.')
        self.assertEqual(self.connected, [(PUBLIC, 80)])

    def test_what_is_not_public_or_no_usual_address_is_never_connected_to(self):
        for url in [
            'http://inside.example/',
            'http://both.example/',
            'http://127.0.0.1/',
            'http://2130706433/',
            'http://0x7f.1/',
            'http://[::ffff:10.0.0.1]/',
            'http://169.254.169.254/latest/meta-data/',
            'http://site.example:22/',
            'http://site.example:8080/',
            'http://site.example:99999/',
            'http://name:word@site.example/',
            'ftp://site.example/',
            'file:///etc/passwd',
            'gopher://site.example/',
            'http:///x',
            'http://[',
            f'http://{"a" * 64}.example/',
        ]:
            with self.subTest(url):
                answer = self.ask(url)
                self.assertIsNone(answer.status)
                self.assertTrue(answer.problem)
        self.assertEqual(self.connected, [])

    def test_only_addresses_of_everybodys_net_are_public(self):
        for address in ('93.184.215.14', '1.1.1.1', '2606:4700:4700::1111'):
            self.assertTrue(is_public(address), address)
        for address in [
            *('0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '192.168.1.1'),  # noqa: S104
            *('192.0.2.1', '198.18.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', 'localhost', ''),
            *('::', '::1', 'fc00::1', 'fd12::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '2001:db8::1'),
            *('::ffff:127.0.0.1', '::ffff:10.0.0.1', '2002:7f00:1::', '64:ff9b::7f00:1', '2001:0:7f00:1::'),
        ]:
            self.assertFalse(is_public(address), address)

    def test_a_server_that_does_not_answer_is_given_up(self):
        with socket.create_server(('127.0.0.1', 0)) as silent:
            fetcher = Fetcher(
                'Test-agent',
                resolve=lambda host, port: [PUBLIC],
                connect=lambda address, port, timeout: socket.create_connection(silent.getsockname(), 0.05),
            )
            self.assertEqual(fetcher.ask('http://site.example/'), Answer(None, 'It does not answer.'))

    def test_a_host_that_is_none_and_a_refused_connection_are_said(self):
        def none(host, port):
            raise socket.gaierror

        def refused(address, port, timeout):
            raise ConnectionRefusedError

        self.assertEqual(Fetcher('a', resolve=none).ask('http://a.example/').problem, 'There is no such host.')
        fetcher = Fetcher('a', resolve=lambda host, port: [PUBLIC], connect=refused)
        self.assertEqual(fetcher.ask('http://a.example/').problem, 'It cannot be reached.')


class Answers:
    """Stands in for the net: answers from a table, and remembers what was asked."""

    def __init__(self, **bad):
        self.bad, self.asked = bad, []

    def ask(self, url):
        self.asked.append(url)
        return Answer(404, 'It is not there any more.') if 'gone' in url else Answer(200)


class LinksOutsideTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.owner, cls.editor = make_user('Olga'), make_editor()
        text = '\n[a](https://one.example/a) https://one.example/gone [b](https://two.example/)'
        cls.playbook = make_playbook('page', owner=cls.owner, text=text)
        make_playbook('other', text='[a](https://three.example/gone)')

    def outside(self, who):
        self.client.force_login(who)
        return self.client.get(reverse('playbooks:links_outside'))

    def ask(self, who):
        self.client.force_login(who)
        return self.client.post(reverse('playbooks:links_check'), follow=True)

    def test_a_check_asks_each_host_for_one_address_in_a_round_and_keeps_the_answers(self):
        self.assertContains(self.ask(self.owner), '3 addresses are being checked.')
        net = Answers()

        self.assertEqual(check_links(fetcher=net), 2)
        self.assertEqual(set(net.asked), {'https://one.example/a', 'https://two.example/'})
        self.assertEqual(check_links(fetcher=net), 1)
        self.assertEqual(check_links(fetcher=net), 0)

        page = self.outside(self.owner)
        self.assertContains(page, '1 link to another site does not work')
        self.assertContains(page, 'https://one.example/gone')
        self.assertContains(page, 'It is not there any more.')
        self.assertContains(page, 'line 2')
        self.assertNotContains(page, 'three.example')

    def test_editors_check_all(self):
        self.assertContains(self.ask(self.editor), '4 addresses are being checked.')

    def test_who_keeps_nothing_has_nothing_checked(self):
        self.ask(make_user())

        self.assertEqual(LinkCheck.objects.count(), 0)

    def test_what_was_checked_within_a_day_is_not_asked_again(self):
        self.ask(self.owner)
        net = Answers()
        while check_links(fetcher=net):
            pass

        self.assertContains(self.ask(self.owner), 'All were checked within the last day')
        self.assertEqual(ask_for_checks(Playbook.objects.kept_by(self.owner)), 0)
        later = timezone.now() + dt.timedelta(days=2)
        self.assertEqual(ask_for_checks(Playbook.objects.kept_by(self.owner), now=later), 3)

    def test_asking_twice_checks_once(self):
        self.ask(self.owner)
        self.ask(self.owner)

        self.assertEqual(LinkCheck.objects.filter(asked_at__isnull=False).count(), 3)

    def test_looking_asks_nothing(self):
        self.outside(self.owner)

        self.assertEqual(LinkCheck.objects.count(), 0)
        self.assertEqual(self.client.get(reverse('playbooks:links_check')).status_code, 405)

    def test_it_takes_as_many_queries_whatever_there_is(self):
        self.outside(self.editor)
        with self.assertNumQueries(4):
            self.client.get(reverse('playbooks:links_outside'))
        self.ask(self.editor)
        for number in range(3):
            make_playbook(text=f'[a](https://{number}.example/)')
        while check_links(fetcher=Answers()):
            pass
        self.outside(self.editor)
        with self.assertNumQueries(4):
            self.client.get(reverse('playbooks:links_outside'))
