"""The environment is read with types; an error names the variable and never shows its value."""

import stat
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase

from config import env
from config.env import Env


class EnvTests(SimpleTestCase):
    def refused(self, name, call):
        with self.assertRaises(ImproperlyConfigured) as refusal:
            call()
        self.assertIn(f'The environment variable {name} ', str(refusal.exception))
        return str(refusal.exception)

    def test_an_empty_value_counts_as_not_set(self):
        self.assertEqual(Env({'NAME': ' '}).text('NAME', 'default'), 'default')

    def test_flags_are_words_for_yes_and_no_and_nothing_else(self):
        self.assertEqual(
            [Env({'F': word}).flag('F') for word in ('1', 'Yes', 'on', '0', 'false')], [True] * 3 + [False] * 2
        )
        self.refused('F', lambda: Env({'F': 'maybe'}).flag('F'))

    def test_numbers_keep_to_their_bounds(self):
        self.assertEqual(Env({'PORT': '8001'}).number('PORT', 8000, at_most=65535), 8001)
        for word in ('eighty', '-1', '70000', '²'):
            self.refused('PORT', lambda word=word: Env({'PORT': word}).number('PORT', 8000, at_most=65535))

    def test_lists_are_written_with_commas(self):
        self.assertEqual(Env({'H': 'a.example.com, b.example.com,'}).words('H', []), ['a.example.com', 'b.example.com'])

    def test_a_database_url_may_hold_odd_characters_in_user_and_password(self):
        source = Env(
            {'DATABASE_URL': 'postgres://ada%40corp:%24e%2Fcret@db.example.com:5433/ramp%20book?sslmode=require'}
        )

        found = env.database(source, default=Path('x'), base=Path('/srv'))

        self.assertEqual(
            {name: found[name] for name in ('NAME', 'USER', 'PASSWORD', 'HOST', 'PORT')},
            {'NAME': 'ramp book', 'USER': 'ada@corp', 'PASSWORD': '$e/cret', 'HOST': 'db.example.com', 'PORT': '5433'},
        )
        self.assertEqual(found['OPTIONS']['sslmode'], 'require')

    def test_sqlite_paths_are_relative_with_three_slashes_and_absolute_with_four(self):
        def name(url):
            return str(env.database(Env({'DATABASE_URL': url}), default=Path('/srv/var/d'), base=Path('/srv'))['NAME'])

        self.assertEqual(
            [name(''), name('sqlite:///a/b.sqlite3'), name('sqlite:////data/c.sqlite3')],
            ['/srv/var/d', '/srv/a/b.sqlite3', '/data/c.sqlite3'],
        )

    def test_sqlite_waits_for_the_write_lock_and_keeps_what_was_confirmed(self):
        options = env.sqlite(Path('x'))['OPTIONS']

        self.assertEqual((options['transaction_mode'], options['timeout']), ('IMMEDIATE', 20))
        for pragma in ('journal_mode=WAL', 'synchronous=FULL', 'foreign_keys=ON'):
            self.assertIn(f'PRAGMA {pragma};', options['init_command'])

    def test_a_database_we_do_not_know_is_refused_without_showing_the_password(self):
        source = Env({'DATABASE_URL': 'mysql://root:hunter2@localhost/x'})

        message = self.refused('DATABASE_URL', lambda: env.database(source, default=Path('x'), base=Path('x')))

        self.assertNotIn('hunter2', message)

    def test_a_port_that_is_no_number_is_refused_by_name(self):
        source = Env({'DATABASE_URL': 'postgres://u:hunter2@localhost:fivefour/x'})

        self.refused('DATABASE_URL', lambda: env.database(source, default=Path('x'), base=Path('x')))

    def test_the_cache_is_shared_as_soon_as_there_are_several_processes(self):
        backends = [env.cache(Env({}), processes=count)['BACKEND'].rpartition('.')[2] for count in (1, 2)]

        self.assertEqual(backends, ['LocMemCache', 'DatabaseCache'])

    def test_a_cache_we_do_not_know_is_refused(self):
        self.refused('CACHE_URL', lambda: env.cache(Env({'CACHE_URL': 'memcached://x'}), processes=1))

    def test_mail_servers_are_told_by_scheme(self):
        def read(url):
            found = env.email(Env({'EMAIL_URL': url}))
            return found['EMAIL_PORT'], found['EMAIL_USE_TLS'], found['EMAIL_USE_SSL'], found['EMAIL_HOST_PASSWORD']

        self.assertEqual(read('smtp://mail.example.com'), (25, False, False, ''))
        self.assertEqual(read('smtp+tls://u:p%40s@mail.example.com'), (587, True, False, 'p@s'))
        self.assertEqual(read('smtps://u:p@mail.example.com:4650'), (4650, False, True, 'p'))
        self.refused('EMAIL_URL', lambda: env.email(Env({'EMAIL_URL': 'imap://mail.example.com'})))

    def test_media_go_to_an_absolute_folder(self):
        self.assertEqual(
            env.media_folder(Env({'MEDIA_STORAGE_URL': 'file:///srv/m%20x'}), folder=Path('v')), Path('/srv/m x')
        )
        self.refused(
            'MEDIA_STORAGE_URL', lambda: env.media_folder(Env({'MEDIA_STORAGE_URL': 's3://b'}), folder=Path('v'))
        )

    def test_the_secret_key_is_made_once_and_only_its_owner_may_read_it(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / 'new' / 'secret_key'
            first = env.secret_key(Env({}), file=file, required=False)
            second = env.secret_key(Env({}), file=file, required=False)

            self.assertEqual(first, second)
            self.assertGreaterEqual(len(first), 50)
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)

    def test_where_the_site_is_public_the_secret_key_must_be_given(self):
        self.refused('SECRET_KEY', lambda: env.secret_key(Env({}), file=Path('/nowhere'), required=True))
