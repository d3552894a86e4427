"""Twenty at once: one effect, one event."""

import threading

from django.db import connection
from django.test import TransactionTestCase

from playbooks import runs
from playbooks.integrity import check_all
from playbooks.models import Event, RunItem
from tests.factories import make_track, make_user

from .base import NOW, start

MANY = 20


def at_once(actions):
    """Run these in threads of their own that begin together; returns what each gave."""
    barrier = threading.Barrier(len(actions))
    results = [None] * len(actions)

    def run(number, action):
        try:
            barrier.wait(30)
            results[number] = action()
        except Exception as error:  # noqa: BLE001 - the test says which may come
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


class RaceTests(TransactionTestCase):
    def setUp(self):
        self.pia = make_user('Pia', reports_to=make_user('Mara'))
        text = ''.join(f'- [ ] Item {number} {{#i{number}}}\n' for number in range(MANY))
        self.run_ = start(make_track('track', text=text).current_version, self.pia)

    def complete(self, key):
        return runs.complete(run=self.run_, key=key, by=self.pia, shown_number=1, now=NOW).changed

    def test_twenty_tick_the_same_item_and_it_is_done_once(self):
        results = at_once([lambda: self.complete('i0')] * MANY)

        self.assertEqual(sorted(results), [False] * (MANY - 1) + [True])
        self.assertEqual(list(Event.objects.values_list('seq', 'action')), [(1, 'started'), (2, 'completed')])
        self.assertEqual(check_all(), [])

    def test_twenty_tick_different_items_and_the_last_finishes_the_run(self):
        results = at_once([lambda key=f'i{number}': self.complete(key) for number in range(MANY)])
        self.run_.refresh_from_db()

        self.assertEqual(results, [True] * MANY)
        self.assertEqual(set(RunItem.objects.values_list('state', flat=True)), {'done'})
        self.assertEqual((self.run_.last_seq, self.run_.finished_at), (MANY + 1, NOW))
        self.assertEqual(check_all(), [])
