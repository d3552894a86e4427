"""The frame every page stands in: what it offers to whom, what it costs, and that its files are what they should be."""

import re
import subprocess
import sys

import brotli
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.messages.storage.base import Message
from django.template import engines
from django.test import RequestFactory, SimpleTestCase, TestCase
from django.urls import resolve

from accounts.models import Organization
from config.shell import navigation, page_assets, undo_address

USED_ICON = re.compile(r"{% icon '([a-z]+)' %}")


class NavigationTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.people = {}
        people = get_user_model().objects
        for name in ('pm', 'manager', 'editor', 'admin'):
            cls.people[name] = people.create_user(f'{name}@example.com', name=name.title())
        cls.people['pm'].reports_to = cls.people['manager']
        cls.people['pm'].save()
        for group, name in (('Editors', 'editor'), ('Admins', 'admin')):
            cls.people[name].groups.add(Group.objects.get_or_create(name=group)[0])

    def page(self, name, path='/playbooks/', **context):
        request = RequestFactory().get(path)
        request.user = get_user_model().objects.with_abilities().get(pk=self.people[name].pk)
        return engines['django'].get_template('base.html').render({'user': request.user, **context}, request)

    def labels(self, name, path='/playbooks/', **context):
        bar = self.page(name, path, **context).partition('</nav>')[0]
        return re.findall(r'data-go="."[^>]*>([^<]+)</a>', bar)

    def test_each_role_is_offered_its_places(self):
        self.assertEqual(self.labels('pm'), ['Today', 'My track', 'Playbooks', 'Under way'])
        self.assertEqual(self.labels('manager'), ['Today', 'Team', 'Playbooks', 'Under way'])
        self.assertEqual(self.labels('editor'), ['Today', 'Playbooks', 'Under way', 'People'])

    def test_a_manager_with_a_track_of_their_own_finds_it_second(self):
        self.assertEqual(
            self.labels('manager', nav_track_url='/onboarding/7/'),
            ['Today', 'My track', 'Team', 'Playbooks', 'Under way'],
        )

    def test_only_the_place_one_is_at_is_marked(self):
        for path, place in (('/', 'Today'), ('/playbooks/launch/edit/', 'Playbooks'), ('/onboarding/7/', 'My track')):
            bar = self.page('editor', path, nav_track_url='/onboarding/7/').partition('</nav>')[0]

            self.assertEqual(re.findall(r'aria-current="page">([^<]+)<', bar), [place], path)

    def test_every_place_of_the_navigation_leads_where_its_name_says(self):
        links = navigation('/', is_editor=True, has_reports=True, has_track=True)

        self.assertEqual(
            [resolve(link.address).view_name for link in links]
            + [resolve(path).view_name for path in ('/search/', '/start-for-real/')],
            [
                'onboarding:today',
                'onboarding:my_track',
                'onboarding:team',
                'playbooks:library',
                'playbooks:runs',
                'onboarding:enrollments',
                'playbooks:search',
                'onboarding:start_for_real',
            ],
        )

    def test_the_shell_asks_the_database_nothing_once_the_organization_is_known(self):
        self.page('pm')

        with self.assertNumQueries(1):  # the person
            self.page('pm')

    def test_the_bar_of_sample_people_leads_administrators_to_starting_for_real(self):
        Organization.objects.update_or_create(pk=1, defaults={'name': 'Tidewater', 'is_sample': True})

        self.assertInHTML('<a href="/start-for-real/">Start for real</a>', self.page('admin'))
        self.assertNotIn('/start-for-real/', self.page('pm'))
        self.assertIn('These are sample people', self.page('pm'))

    def test_a_real_company_has_no_such_bar_and_stands_in_the_foot(self):
        Organization.objects.update_or_create(pk=1, defaults={'name': 'Quay & Sons', 'is_sample': False})

        page = self.page('admin')

        self.assertNotIn('sample people', page)
        self.assertIn('Rampbook at Quay &amp; Sons.', page)

    def test_theme_and_shortcuts_of_the_profile_are_on_the_page(self):
        person = self.people['pm']
        person.theme, person.shortcuts = 'dark', True
        person.save()

        page = self.page('pm')

        self.assertIn('data-theme="dark"', page)
        self.assertIn('data-keys="on"', page)
        self.assertNotIn('data-keys', self.page('manager'))


class MessageTests(SimpleTestCase):
    def test_a_message_may_carry_where_its_undo_posts_to(self):
        self.assertEqual(
            undo_address(Message(25, 'Done', extra_tags='undo:/onboarding/1/undo/')), '/onboarding/1/undo/'
        )
        self.assertEqual(undo_address(Message(25, 'Done')), '')


class StaticFilesTests(SimpleTestCase):
    def test_what_we_ship_of_others_is_what_the_lock_names(self):
        done = subprocess.run(
            [sys.executable, 'bin/vendor.py'], cwd=settings.BASE_DIR, check=False, capture_output=True, text=True
        )

        self.assertEqual((done.returncode, done.stderr), (0, ''))

    def test_every_icon_a_template_asks_for_is_drawn(self):
        drawn = set(re.findall(r'<symbol id="i-([a-z]+)"', (settings.BASE_DIR / 'static/icons.svg').read_text()))
        folders = [settings.BASE_DIR / name for name in ('templates', 'accounts', 'playbooks', 'onboarding')]
        asked = {
            name
            for folder in folders
            for path in folder.rglob('*.html')
            for name in USED_ICON.findall(path.read_text())
        }

        self.assertIn('search', asked)
        self.assertEqual(asked - drawn, set())

    def test_styles_scripts_and_font_of_a_page_weigh_at_most_62_kilobytes_as_sent(self):
        named = [*re.findall(r'(?:href|src)="/static/([^"]+)"', page_assets()), 'icons.svg']
        files = [settings.BASE_DIR / 'static' / name for name in named]

        sent = [
            path.stat().st_size if path.suffix == '.woff2' else len(brotli.compress(path.read_bytes()))
            for path in files
        ]

        self.assertEqual(len(files), 6)
        self.assertLessEqual(sum(sent), 62_000)
