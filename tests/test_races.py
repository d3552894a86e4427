"""Many at once: numbers without gaps, nobody's line lost, nobody locked out. Real threads, a real database file."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TransactionTestCase

from playbooks import intakes, suggesting
from playbooks.drafts import DraftChanged, create_playbook, draft_of, save_draft, start_draft
from playbooks.kind_fields import KindField
from playbooks.kinds import add_field, create_kind, move_field
from playbooks.models import Draft, Kind, Notice, Playbook, Suggestion, Version
from playbooks.publishing import NotAllowed, PublishAnswers, StaleDraft, publish
from tests.factories import make_area, make_editor, make_kind, make_playbook, make_user

CLIENTS = 20
ANSWERS = PublishAnswers('clarification', 'One more line.')


def at_once(work, clients=CLIENTS):
    """What each client's work gave, all started in the same moment, each with a connection of its own."""
    ready = Barrier(clients)

    def run(number):
        try:
            ready.wait(timeout=60)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(run, range(clients)))


def loaded(slug):
    return Playbook.objects.select_related('kind', 'current_version').get(slug=slug)


class PublishingAtOnceTests(TransactionTestCase):
    def test_twenty_publish_one_playbook_and_each_ones_line_is_in_a_version_of_its_own(self):
        make_playbook('busy', text='The beginning.\n')
        people = [make_editor() for _ in range(CLIENTS)]

        def publish_my_line(number):
            line = f'\nLine of client {number}.\n'
            draft = start_draft(playbook=loaded('busy'), author=people[number])
            text, base = draft.text, draft.base
            while True:
                draft = save_draft(
                    draft=draft,
                    title=draft.title,
                    text=text + line,
                    fields={},
                    shown_revision=draft.revision,
                    base=base,
                )
                try:
                    return publish(draft=draft, editor=people[number], answers=ANSWERS).number
                except StaleDraft as stale:
                    text, base = stale.current.text, stale.current

        numbers = at_once(publish_my_line)

        self.assertEqual(sorted(numbers), list(range(2, CLIENTS + 2)))
        versions = {version.number: version for version in Version.objects.select_related('base')}
        self.assertEqual(sorted(versions), list(range(1, CLIENTS + 2)))
        for client, number in enumerate(numbers):
            line = f'Line of client {client}.\n'
            self.assertNotIn(line, versions[number - 1].text)
            self.assertEqual(versions[number].text, f'{versions[number - 1].text}\n{line}')
            self.assertEqual(versions[number].base, versions[number - 1])
        self.assertEqual(loaded('busy').current_version, versions[CLIENTS + 1])
        self.assertFalse(Draft.objects.exists())

    def test_twenty_different_playbooks_at_once_lock_nobody_out(self):
        person, kind, area = make_editor(), make_kind(), make_area()
        for number in range(CLIENTS):
            create_playbook(
                by=person, kind=kind, area=area, title='One', slug=f'one-{number}', text=f'- [ ] Task of {number}\n'
            )

        def publish_mine(number):
            draft = draft_of(loaded(f'one-{number}'), person)
            return publish(draft=draft, editor=person, answers=ANSWERS).playbook.slug

        published = at_once(publish_mine)

        self.assertEqual(published, [f'one-{number}' for number in range(CLIENTS)])
        current = Playbook.objects.values_list('slug', 'current_version__number', 'current_version__items__text')
        self.assertEqual(set(current), {(f'one-{n}', 1, f'Task of {n}') for n in range(CLIENTS)})

    def test_of_twenty_tabs_that_save_one_draft_one_wins_and_the_others_are_told(self):
        make_playbook('tabs', text='The beginning.\n')
        person = make_editor()
        shown = start_draft(playbook=loaded('tabs'), author=person).revision

        def save_mine(number):
            draft = draft_of(loaded('tabs'), person)
            try:
                saved = save_draft(draft=draft, title='Tabs', text=f'Tab {number}.\n', fields={}, shown_revision=shown)
            except DraftChanged as changed:
                return changed.stored.text, changed.text
            return saved.text, saved.text

        told = at_once(save_mine)

        kept = Draft.objects.get()
        self.assertEqual(kept.revision, shown + 1)
        self.assertEqual({stored for stored, mine in told}, {kept.text})
        self.assertEqual({mine for stored, mine in told}, {f'Tab {n}.\n' for n in range(CLIENTS)})

    def test_twenty_who_start_a_playbook_with_the_same_title_get_twenty_addresses(self):
        person, kind, area = make_editor(), make_kind(), make_area()

        def create(_number):
            return create_playbook(by=person, kind=kind, area=area, title='Weekly review', text='').slug

        slugs = at_once(create)

        self.assertEqual(set(slugs), {'weekly-review', *(f'weekly-review-{n}' for n in range(2, CLIENTS + 1))})


class KindsAtOnceTests(TransactionTestCase):
    def test_fields_that_many_add_and_move_at_once_are_all_there_once(self):
        make_kind('tool')

        def add_and_move(number):
            kind = Kind.objects.get(slug='tool')
            added = add_field(kind=kind, field=KindField('', f'Cost {number % 4}'))
            move_field(kind=kind, name=added.name, up=True)
            return added.name

        names = at_once(add_and_move)

        stored = [field['name'] for field in Kind.objects.get(slug='tool').fields]
        self.assertEqual((sorted(stored), len(set(stored))), (sorted(names), CLIENTS))

    def test_kinds_of_one_name_made_at_once_have_addresses_of_their_own(self):
        at_once(lambda _number: create_kind(values={'name': 'Policy', 'plural': 'Policies'}), clients=6)

        self.assertEqual(Kind.objects.filter(slug__startswith='policy').count(), 6)


class BringingInAtOnceTests(TransactionTestCase):
    def test_page_and_worker_go_on_together_and_nothing_comes_in_twice(self):
        editor, kind, area = make_editor(), make_kind(), make_area()
        uploads = [SimpleUploadedFile(f'page-{number}.md', b'# Page\n\nText.\n') for number in range(6)]
        intake = intakes.start(by=editor, uploads=uploads, kind=kind, area=area)
        chosen = {1: 'new', 2: 'new', 3: 'new', 4: 'new', 5: 'join', 6: 'join'}
        intakes.answer(intake=intake, chosen=chosen, publish=True, join_title='Both')

        at_once(lambda _number: intakes.carry_on(intake=intake, seconds=60), clients=4)

        intake.refresh_from_db()
        outcomes = [row.choice['outcome'] for row in intake.documents.all()]
        self.assertEqual(outcomes, ['published'] * 4 + ['joined'] * 2)
        self.assertTrue(intake.done_at)
        self.assertEqual(Version.objects.count(), 4)
        self.assertEqual(Playbook.objects.count(), 5)
        self.assertEqual(Draft.objects.get().text.count('From page-'), 2)


class AnsweringAtOnceTests(TransactionTestCase):
    def test_of_twelve_keepers_who_answer_a_suggestion_at_once_one_does(self):
        make_playbook('asked', text='The beginning.\n')
        author, keepers = make_user(), [make_editor() for _ in range(12)]
        draft = start_draft(playbook=loaded('asked'), author=author)
        draft = save_draft(draft=draft, title='Asked', text='Better.\n', fields={}, shown_revision=draft.revision)
        suggesting.send(draft=draft, by=author)
        Notice.objects.all().delete()

        def answer(number):
            keeper = keepers[number]
            shown = Suggestion.objects.select_related('playbook').get()
            written = Draft.objects.select_related('playbook__kind', 'playbook__current_version', 'author', 'base')
            try:
                if number % 3 == 0:
                    publish(draft=written.get(), editor=keeper, answers=ANSWERS)
                elif number % 3 == 1:
                    suggesting.decline(suggestion=shown, by=keeper, reason='No.')
                else:
                    suggesting.withdraw(suggestion=shown, by=author)
            except (suggesting.Decided, NotAllowed, StaleDraft, DraftChanged, Draft.DoesNotExist):
                return None
            return number

        done = [number for number in at_once(answer, clients=12) if number is not None]

        self.assertEqual(len(done), 1)
        suggestion = Suggestion.objects.get()
        became = {0: 'accepted', 1: 'declined', 2: 'withdrawn'}[done[0] % 3]
        self.assertEqual((suggestion.state, suggestion.steps.count()), (became, 2))
        self.assertEqual(Version.objects.count(), 2 if became == 'accepted' else 1)
        self.assertEqual(Draft.objects.count(), 0 if became == 'accepted' else 1)
        self.assertEqual(
            Notice.objects.filter(kind__startswith='suggestion_', person=author).count(), became != 'withdrawn'
        )
